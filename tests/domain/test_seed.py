"""Which manifests are valid, and what is stored of them (docs/spec/behaviour/seed.md#manifest)."""

import re
from contextlib import nullcontext
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.json_types import JsonType
from jobsvc.domain.seed import (
    FileInput,
    FileOutput,
    JsonInput,
    JsonOutput,
    Mount,
    ScalarResource,
    SeedError,
    SeedManifest,
    Setting,
    environment_name,
    normalise,
    parse_manifest,
    read_manifest,
)
from jobsvc.domain.status import ErrorCategory
from jobsvc.domain.variables import MOST_ALL_BYTES, MOST_TEXT_BYTES

SMALLEST: dict[str, Any] = {
    "seedVersion": "1.0.0",
    "job": {
        "name": "word-count",
        "jobVersion": "1.2.3",
        "packageVersion": "1.0.0-rc.1+build.5",
        "title": "Word count",
        "description": "Counts words",
        "maintainer": {"name": "John Doe", "email": "jdoe@example.com"},
        "timeout": 60,
    },
}

# Every list has the least that an item may say.
TERSE: dict[str, Any] = {
    "resources": {"scalar": [{"name": "cpus", "value": 1.5}, {"name": "disk", "value": 10, "inputMultiplier": 2.0}]},
    "interface": {
        "command": "count $TEXT",
        "inputs": {"files": [{"name": "text"}], "json": [{"name": "limit", "type": "integer"}]},
        "outputs": {
            "files": [{"name": "counts", "pattern": "*.csv"}],
            "json": [{"name": "total", "type": "number"}],
        },
        "mounts": [{"name": "words", "path": "/words"}],
        "settings": [{"name": "db-host"}],
    },
    "errors": [{"code": 3, "name": "no-words"}],
}


def manifest(**job: Any) -> dict[str, Any]:
    """The smallest manifest, with these members of the job on top."""
    return deepcopy({**SMALLEST, "job": SMALLEST["job"] | job})


def interface(**members: Any) -> dict[str, Any]:
    """The smallest manifest with an interface of these members."""
    return manifest(interface=members)


def test_the_smallest_manifest_has_no_inputs_and_no_outputs() -> None:
    assert parse_manifest(SMALLEST) == SeedManifest(
        name="word-count",
        job_version="1.2.3",
        package_version="1.0.0-rc.1+build.5",
        title="Word count",
        description="Counts words",
        timeout=60,
    )


def test_every_part_is_read_with_its_defaults() -> None:
    parsed = parse_manifest(manifest(**TERSE))
    assert parsed.command == "count $TEXT"
    assert parsed.file_inputs == (FileInput("text"),)
    assert parsed.json_inputs == (JsonInput("limit", JsonType.INTEGER),)
    assert parsed.file_outputs == (FileOutput("counts", "*.csv"),)
    assert parsed.json_outputs == (JsonOutput("total", JsonType.NUMBER, key="total"),)
    assert parsed.mounts == (Mount("words", "/words"),)
    assert parsed.settings == (Setting("db-host"),)
    assert parsed.resources == (ScalarResource("cpus", 1.5), ScalarResource("disk", 10, input_multiplier=2.0))
    assert parsed.errors == (SeedError(3, "no-words", "no-words", "", ErrorCategory.ALGORITHM),)


def test_every_part_is_read_with_what_it_says() -> None:
    text = {
        "name": "text",
        "required": False,
        "multiple": True,
        "partial": True,
        "mediaTypes": ["text/plain"],
    }
    counts = {"name": "c", "pattern": "*", "mediaType": "text/csv", "multiple": True, "required": False}
    error = {"code": 3, "name": "bad", "title": "Bad", "description": "Bad data", "category": "data"}
    parsed = parse_manifest(
        manifest(
            interface={
                "inputs": {"files": [text], "json": [{"name": "limit", "type": "array", "required": False}]},
                "outputs": {
                    "files": [counts],
                    "json": [{"name": "n", "type": "string", "key": "k", "required": False}],
                },
                "mounts": [{"name": "m", "path": "/m", "mode": "rw"}],
                "settings": [{"name": "s", "secret": True}],
            },
            errors=[error],
        )
    )
    assert parsed.file_inputs == (FileInput("text", False, True, True, ("text/plain",)),)  # noqa: FBT003
    assert parsed.json_inputs == (JsonInput("limit", JsonType.ARRAY, required=False),)
    assert parsed.file_outputs == (FileOutput("c", "*", "text/csv", multiple=True, required=False),)
    assert parsed.json_outputs == (JsonOutput("n", JsonType.STRING, key="k", required=False),)
    assert parsed.mounts == (Mount("m", "/m", "rw"),)
    assert parsed.settings == (Setting("s", secret=True),)
    assert parsed.errors == (SeedError(3, "bad", "Bad", "Bad data", ErrorCategory.DATA),)


def test_defaults_are_written_into_the_stored_manifest() -> None:
    stored: Any = normalise(manifest(**TERSE))
    job = stored["job"]
    assert job["interface"]["inputs"] == {
        "files": [{"name": "text", "required": True, "multiple": False, "partial": False, "mediaTypes": []}],
        "json": [{"name": "limit", "type": "integer", "required": True}],
    }
    assert job["interface"]["outputs"] == {
        "files": [
            {
                "name": "counts",
                "pattern": "*.csv",
                "mediaType": "application/octet-stream",
                "multiple": False,
                "required": True,
            }
        ],
        "json": [{"name": "total", "type": "number", "key": "total", "required": True}],
    }
    assert job["interface"]["mounts"] == [{"name": "words", "path": "/words", "mode": "ro"}]
    assert job["interface"]["settings"] == [{"name": "db-host", "secret": False}]
    assert job["errors"] == [{"code": 3, "name": "no-words", "title": "no-words", "category": "job"}]
    assert job["resources"] == TERSE["resources"]


def test_absent_sections_stay_absent_and_the_given_document_stays_as_it_is() -> None:
    given_document = manifest(**TERSE)
    assert normalise(SMALLEST) == SMALLEST
    normalise(given_document)
    assert given_document == manifest(**TERSE)


FLAGS = st.fixed_dictionaries({}, optional={"required": st.booleans(), "multiple": st.booleans()})


@given(st.lists(FLAGS, max_size=4))
def test_normalising_twice_changes_nothing_more(flags: list[dict[str, bool]]) -> None:
    files = [{"name": f"file{index}", **flag} for index, flag in enumerate(flags)]
    once = normalise(interface(inputs={"files": files}))
    assert normalise(once) == once
    assert read_manifest(once) == parse_manifest(interface(inputs={"files": files}))


INVALID: list[tuple[object, str]] = [
    (None, "manifest: must be an object"),
    ([], "manifest: must be an object"),
    ({}, "manifest: 'seedVersion' is a required property"),
    ({**SMALLEST, "seedVersion": "2.0.0"}, "manifest.seedVersion: '1.0.0' was expected"),
    ({**SMALLEST, "extra": 1}, "manifest: Additional properties"),
    (manifest(color="red"), "manifest.job: Additional properties"),
    (manifest(name="under_score"), "manifest.job.name: "),
    (manifest(name="line\n"), "manifest.job.name: "),
    (manifest(title="nul\x00"), "manifest.job.title: text"),
    (manifest(jobVersion="1.0"), "manifest.job.jobVersion: "),
    (manifest(packageVersion="01.0.0"), "manifest.job.packageVersion: "),
    (manifest(jobVersion="1.0." + "1" * 250), "manifest.job.jobVersion: "),
    (manifest(maintainer={"name": "x"}), "manifest.job.maintainer: 'email' is a required"),
    (manifest(timeout=1.0), "manifest.job.timeout: 1.0 is not of type 'integer'"),
    (manifest(timeout=True), "manifest.job.timeout: True is not of type 'integer'"),
    (manifest(timeout=2**31), "manifest.job.timeout: "),
    (manifest(tags=[1]), "manifest.job.tags[0]: "),
    (
        manifest(resources={"scalar": [{"name": "gpus", "value": 0.5}]}),
        "manifest.job.resources.scalar[0].value: ",
    ),
    (
        manifest(resources={"scalar": [{"name": "GPUs", "value": 0.5}]}),
        "manifest.job.resources.scalar[0].value: ",
    ),
    (
        manifest(resources={"scalar": [{"name": "mem", "value": -1}]}),
        "manifest.job.resources.scalar[0].value: ",
    ),
    (manifest(errors=[{"code": "1", "name": "a"}]), "manifest.job.errors[0].code: "),
    (manifest(errors=[{"code": 1, "name": "a", "category": "x"}]), "manifest.job.errors[0].category: "),
    (interface(inputs={"files": [{"name": "a b"}]}), "manifest.job.interface.inputs.files[0].name: "),
    (interface(inputs={"files": [{"name": "a" * 251}]}), "manifest.job.interface.inputs.files[0].name: "),
    (
        interface(inputs={"json": [{"name": "a"}]}),
        "manifest.job.interface.inputs.json[0]: 'type' is a required",
    ),
    (
        interface(inputs={"json": [{"name": "a", "type": "null"}]}),
        "manifest.job.interface.inputs.json[0].type: ",
    ),
    (interface(mounts=[{"name": "a", "path": "relative"}]), "manifest.job.interface.mounts[0].path: "),
    (interface(mounts=[{"name": "a", "path": "/a", "mode": "x"}]), "manifest.job.interface.mounts[0].mode: "),
    (interface(command="echo 'open"), "manifest.job.interface.command: No closing quotation"),
]


@pytest.mark.parametrize(("document", "message"), INVALID)
def test_an_invalid_manifest_is_refused_with_its_member(document: object, message: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_manifest(document)
    assert refused.value.detail.startswith(message)


def test_a_long_document_does_not_make_a_long_message() -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_manifest(manifest(timeout="x" * 10_000))
    assert len(refused.value.detail) < 400


def _pair(kind: str, first: str, second: str) -> list[dict[str, str]]:
    more = {"files": {}, "outputs": {"pattern": "*"}, "json": {"type": "string"}, "mounts": {"path": "/x"}}
    return [{"name": first} | more.get(kind, {}), {"name": second} | more.get(kind, {})]


REPEATED: list[tuple[dict[str, Any], str]] = [
    (interface(inputs={"files": _pair("files", "in-a", "IN_A")}), "inputs.files[1].name: IN_A"),
    (
        interface(inputs={"files": [{"name": "a"}], "json": [{"name": "A", "type": "array"}]}),
        "inputs.json[0].name: A",
    ),
    (interface(settings=[{"name": "a"}], inputs={"files": [{"name": "A"}]}), "inputs.files[0].name: A"),
    (interface(settings=[{"name": "output-dir"}]), "settings[0].name: OUTPUT_DIR"),
    (interface(mounts=_pair("mounts", "m", "m")), "mounts[1].name: m"),
    (interface(mounts=_pair("mounts", "m-a", "M_A")), "mounts[1].name: M_A"),
    (interface(mounts=[{"name": "data", "path": "/x"}], inputs={"files": [{"name": "DATA"}]}), "mounts[0].name: DATA"),
    (interface(mounts=[{"name": "path", "path": "/x"}]), "mounts[0].name: PATH"),
    (interface(settings=[{"name": "ld-preload"}]), "settings[0].name: LD_PRELOAD"),
    *(
        (interface(inputs={"json": [{"name": name, "type": "string"}]}), f"inputs.json[0].name: {name.upper()}")
        for name in ("Path", "HOME", "tmpdir", "LANG", "INPUT_METADATA", "SCALE_JOB_ID", "ALLOCATED_MEM", "BASH_ENV", "IFS")
    ),
    (interface(outputs={"files": _pair("outputs", "o", "o")}), "outputs.files[1].name: o"),
    (
        interface(outputs={"files": [{"name": "o", "pattern": "*"}], "json": [{"name": "o", "type": "array"}]}),
        "outputs.json[0].name: o",
    ),
]


@pytest.mark.parametrize(("document", "message"), REPEATED)
def test_names_that_would_collide_are_refused(document: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_manifest(document)
    assert re.match(rf"manifest\.job\.interface\.{re.escape(message)} is (already used|reserved)", refused.value.detail)


@pytest.mark.parametrize("name", ["HOMEPAGE", "MY_PATH", "USER", "ENV", "LDAP", "scale"])
def test_names_that_are_like_those_of_the_system_are_free(name: str) -> None:
    assert parse_manifest(interface(settings=[{"name": name}])).settings


def test_a_command_has_no_word_that_no_process_could_be_started_with() -> None:
    assert len(parse_manifest(interface(command="x" * MOST_TEXT_BYTES)).command) == MOST_TEXT_BYTES
    for command in ("x" * (MOST_TEXT_BYTES + 1), "xxx " * (MOST_ALL_BYTES // 10)):
        with pytest.raises(InvalidRequest, match=r"^manifest\.job\.interface\.command: makes "):
            parse_manifest(interface(command=command))


def test_an_input_cannot_have_the_name_of_a_resources_variable() -> None:
    resources = {"scalar": [{"name": "cpus", "value": 1}]}
    with pytest.raises(InvalidRequest, match=r"inputs\.files\[0\]\.name: ALLOCATED_CPUS is reserved"):
        parse_manifest(manifest(resources=resources, interface={"inputs": {"files": [{"name": "allocated-cpus"}]}}))


def test_error_names_differ_though_codes_may_repeat() -> None:
    errors = [{"code": 1, "name": "a"}, {"code": 1, "name": "b"}]
    assert len(parse_manifest(manifest(errors=errors)).errors) == 2
    with pytest.raises(InvalidRequest, match=r"^manifest\.job\.errors\[1\]\.name: a is already used as an error"):
        parse_manifest(manifest(errors=[errors[0], errors[0]]))


@pytest.mark.parametrize("pattern", ["/etc/passwd", "../x", "a/../../x", ".."])
def test_a_pattern_cannot_leave_the_output_directory(pattern: str) -> None:
    with pytest.raises(InvalidRequest, match=r"outputs\.files\[0\]\.pattern: must stay inside"):
        parse_manifest(interface(outputs={"files": [{"name": "o", "pattern": pattern}]}))


@pytest.mark.parametrize("pattern", ["*.png", "a/**/b..c", "./x", "..a"])
def test_a_pattern_within_the_output_directory_is_fine(pattern: str) -> None:
    parsed = parse_manifest(interface(outputs={"files": [{"name": "o", "pattern": pattern}]}))
    assert parsed.file_outputs[0].pattern == pattern


def test_an_environment_name_is_in_upper_case_with_underscores() -> None:
    assert environment_name("db-Host_1") == "DB_HOST_1"


@pytest.mark.parametrize("length", [250, 251])
def test_a_name_has_250_characters_at_most(length: int) -> None:
    for document in (manifest(name="a" * length), interface(inputs={"files": [{"name": "a" * length}]})):
        with pytest.raises(InvalidRequest, match="name: ") if length > 250 else nullcontext():
            parse_manifest(document)
