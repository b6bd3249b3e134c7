"""A Seed manifest as a job interface 1.0, there and back."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.json_types import JsonType
from jobsvc.domain.seed import FileInput, FileOutput, JsonInput, JsonOutput, Mount, SeedManifest, Setting
from jobsvc.domain.v3.interface import interface_document, read_interface, split_command

DOCUMENTED = json.loads((Path(__file__).parents[1] / "data" / "v3" / "v3-later_job_details.json").read_text())
BARE = SeedManifest(name="count", job_version="1.0.0", package_version="1.0.0", title="Count", description="", timeout=60)
FULL = replace(
    BARE,
    command="count ${TEXT} ${OUTPUT_DIR}",
    file_inputs=(FileInput("TEXT"), FileInput("MORE", required=False, multiple=True, partial=True, media_types=("text/csv",))),
    json_inputs=(JsonInput("MODE", JsonType.STRING), JsonInput("NOTE", JsonType.STRING, required=False)),
    file_outputs=(FileOutput("TABLE", "TABLE*", "text/csv"), FileOutput("REST", "REST*", multiple=True, required=False)),
    json_outputs=(JsonOutput("TOTAL", JsonType.STRING, "TOTAL"),),
    mounts=(Mount("data", "/data"), Mount("scratch", "/scratch", "rw")),
    settings=(Setting("HOST"), Setting("PASSWORD", secret=True)),
)

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
names = st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True)
PARTS: dict[str, st.SearchStrategy[Any]] = {
    "file_inputs": st.builds(FileInput, names, st.booleans(), st.booleans(), st.booleans(), st.tuples(texts)),
    "json_inputs": st.builds(JsonInput, names, st.just(JsonType.STRING), st.booleans()),
    "file_outputs": names.flatmap(
        lambda name: st.builds(FileOutput, st.just(name), st.just(f"{name}*"), texts.filter(bool), st.booleans(), st.booleans())
    ),
    "json_outputs": names.flatmap(
        lambda name: st.builds(JsonOutput, st.just(name), st.just(JsonType.STRING), st.just(name), st.booleans())
    ),
    "mounts": st.builds(Mount, names, st.just("/data"), st.sampled_from(["ro", "rw"])),
    "settings": st.builds(Setting, names, st.booleans()),
}


@st.composite
def manifests(draw: st.DrawFn) -> SeedManifest:
    """Manifests that an interface has a place for all of: names differ, properties are strings."""
    parts: dict[str, Any] = {
        name: draw(st.lists(item, unique_by=lambda part: part.name, max_size=3)) for name, item in PARTS.items()
    }
    for files, values in (("file_inputs", "json_inputs"), ("file_outputs", "json_outputs")):
        taken = {item.name for item in parts[files]}
        parts[values] = [item for item in parts[values] if item.name not in taken]
    words = st.lists(st.sampled_from(["run", "${TEXT}", "'a b'", "-x"]), max_size=5)
    command = draw(st.one_of(words.map(" ".join), texts))
    sections: dict[str, Any] = {name: tuple(item) for name, item in parts.items()}
    return replace(BARE, command=command, **sections)


@given(manifests())
def test_a_manifest_comes_back(manifest: SeedManifest) -> None:
    assert replace(BARE, **vars(read_interface(interface_document(manifest)))) == manifest


@given(manifests())
def test_an_interface_comes_back(manifest: SeedManifest) -> None:
    document = interface_document(manifest)
    assert interface_document(replace(BARE, **vars(read_interface(document)))) == document


def test_the_documented_interface_comes_back() -> None:
    interface = DOCUMENTED["job_type_rev"]["interface"]
    assert interface_document(replace(BARE, **vars(read_interface(interface)))) == interface


def test_all_that_an_interface_may_say() -> None:
    assert interface_document(FULL) == {
        "input_data": [
            {"type": "file", "name": "TEXT"},
            {"type": "files", "name": "MORE", "required": False, "partial": True, "media_types": ["text/csv"]},
            {"type": "property", "name": "MODE"},
            {"type": "property", "name": "NOTE", "required": False},
        ],
        "output_data": [
            {"media_type": "text/csv", "type": "file", "name": "TABLE"},
            {"media_type": "application/octet-stream", "type": "files", "name": "REST", "required": False},
            {"type": "property", "name": "TOTAL"},
        ],
        "version": "1.0",
        "command": "count",
        "command_arguments": "${TEXT} ${OUTPUT_DIR}",
        "mounts": [{"name": "data", "path": "/data"}, {"name": "scratch", "path": "/scratch", "mode": "rw"}],
        "settings": [{"name": "HOST"}, {"name": "PASSWORD", "secret": True}],
    }


def test_what_an_interface_has_no_place_for() -> None:
    manifest = replace(
        BARE,
        json_inputs=(JsonInput("COUNT", JsonType.INTEGER),),
        file_outputs=(FileOutput("TABLE", "out/*.csv"),),
        json_outputs=(JsonOutput("TOTAL", JsonType.NUMBER, key="sum"),),
    )
    result = read_interface(interface_document(manifest))
    assert result.json_inputs == (JsonInput("COUNT", JsonType.STRING),)
    assert result.file_outputs == (FileOutput("TABLE", "TABLE*"),)
    assert result.json_outputs == (JsonOutput("TOTAL", JsonType.STRING, "TOTAL"),)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("", ("", "")),
        ("true", ("true", "")),
        ("cat -n file", ("cat -n file", "")),
        ("cat -n ${IN} -", ("cat -n", "${IN} -")),
        ("${PROGRAM} ${IN}", ("${PROGRAM}", "${IN}")),
        ("sh -c 'cat $IN' x", ("sh -c", "'cat $IN' x")),
        ('sh -c "cat  $IN"', ("sh -c", '"cat  $IN"')),
        ("cat  $IN", ("cat ", "$IN")),
        ("cat\t$IN $MORE", ("cat\t$IN", "$MORE")),
    ],
)
def test_the_arguments_begin_with_the_first_variable(command: str, expected: tuple[str, str]) -> None:
    assert split_command(command) == expected


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ([], "interface: "),
        ({"version": "2.0"}, "interface.version: "),
        ({"surprise": 1}, "interface.surprise: "),
        ({"input_data": [{"name": "A"}]}, "interface.input_data[0].type: "),
        ({"input_data": [{"name": "A b", "type": "file"}]}, "interface.input_data[0].name: "),
        ({"input_data": [{"name": "A", "type": "file"}, {"name": "A", "type": "property"}]}, "interface.input_data[1].name: "),
        ({"output_data": [{"name": "A", "type": "file"}] * 2}, "interface.output_data[1].name: "),
        ({"mounts": [{"name": "A", "path": "relative"}]}, "interface.mounts[0].path: "),
        ({"settings": [{"name": "A"}] * 2}, "interface.settings[1].name: "),
    ],
)
def test_an_interface_that_cannot_be_read_is_refused(document: Any, where: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_interface(document)
    assert refused.value.detail.startswith(where)
