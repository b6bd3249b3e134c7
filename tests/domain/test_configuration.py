"""Which configurations are valid, and which is in force.

See docs/spec/behaviour/submit.md#configuration and docs/spec/behaviour/seed.md#configuration.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobsvc.domain.configuration import (
    HostMount,
    JobConfiguration,
    OutputWorkspaces,
    VolumeMount,
    check_outputs_mapped,
    check_passable,
    merge,
    parse_configuration,
    to_document,
    without_secrets,
    workspace_names,
)
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.seed import FileOutput, SeedManifest, Setting

MANIFEST = SeedManifest(
    name="count",
    job_version="1.0.0",
    package_version="1.0.0",
    title="Count",
    description="",
    timeout=60,
    file_outputs=(FileOutput("counts", "*.csv"), FileOutput("plots", "*.png")),
    settings=(Setting("host"), Setting("password", secret=True)),
)


def test_what_is_absent_has_its_default() -> None:
    assert to_document(parse_configuration({})) == {
        "mounts": {},
        "output_workspaces": {"default": "", "outputs": {}},
        "priority": 100,
        "settings": {},
    }


@pytest.mark.parametrize("version", ["6", "7", "2.0"])
def test_every_member_is_read_and_the_version_is_not_kept(version: str) -> None:
    document = {
        "version": version,
        "mounts": {
            "words": {"type": "host", "host_path": "/words"},
            "cache": {"type": "volume"},
            "share": {"type": "volume", "driver": "nfs", "driver_opts": {"device": ":/x"}},
        },
        "output_workspaces": {"default": "products", "outputs": {"plots": "pictures"}},
        "priority": 5,
        "settings": {"host": "db"},
    }
    assert parse_configuration(document) == JobConfiguration(
        mounts={
            "words": HostMount(type="host", host_path="/words"),
            "cache": VolumeMount(type="volume", driver="", driver_opts={}),
            "share": VolumeMount(type="volume", driver="nfs", driver_opts={"device": ":/x"}),
        },
        output_workspaces=OutputWorkspaces(default="products", outputs={"plots": "pictures"}),
        priority=5,
        settings={"host": "db"},
    )


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ([], "configuration: must be an object"),
        ({"version": "1.0"}, "configuration.version: "),
        ({"version": 6}, "configuration.version: "),
        ({"extra": 1}, "configuration.extra: "),
        ({"priority": 0}, "configuration.priority: "),
        ({"priority": 1.0}, "configuration.priority: "),
        ({"priority": True}, "configuration.priority: "),
        ({"priority": "5"}, "configuration.priority: "),
        ({"priority": 2**31}, "configuration.priority: "),
        ({"settings": {"a": 1}}, "configuration.settings.a: "),
        ({"mounts": {"a": "/a"}}, "configuration.mounts.a: "),
        ({"mounts": {"a": {}}}, "configuration.mounts.a: "),
        ({"mounts": {"a": {"type": "tape"}}}, "configuration.mounts.a: "),
        ({"mounts": {"a": {"type": "host"}}}, "configuration.mounts.a.host_path: "),
        ({"mounts": {"a": {"type": "host", "host_path": "a"}}}, "configuration.mounts.a.host_path: "),
        (
            {"mounts": {"a": {"type": "host", "host_path": "/a", "driver": ""}}},
            "configuration.mounts.a.driver: ",
        ),
        (
            {"mounts": {"a": {"type": "volume", "driver_opts": {"b": 1}}}},
            "configuration.mounts.a.driver_opts.b: ",
        ),
        ({"output_workspaces": {"default": None}}, "configuration.output_workspaces.default: "),
        ({"output_workspaces": {"outputs": {"a": ""}}}, "configuration.output_workspaces.outputs.a: "),
        ({"output_workspaces": {"other": {}}}, "configuration.output_workspaces.other: "),
    ],
)
def test_a_violation_is_refused_with_its_member(document: object, where: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_configuration(document)
    assert refused.value.detail.startswith(where)


def test_null_is_absent() -> None:
    document = {"version": None, "priority": None, "mounts": None, "settings": {"host": None, "other": "y"}}
    assert parse_configuration(document) == JobConfiguration(settings={"other": "y"})
    assert parse_configuration({"settings": None}).model_fields_set == set()


def test_the_caller_says_what_the_document_is_called() -> None:
    with pytest.raises(InvalidRequest, match=r"^job_type\.configuration\.priority: "):
        parse_configuration({"priority": -1}, where="job_type.configuration")


def test_members_of_the_job_replace_those_of_the_job_type_as_a_whole() -> None:
    job = parse_configuration({"settings": {"a": "job"}, "priority": 100})
    job_type = parse_configuration({"settings": {"a": "type", "b": "type"}, "priority": 7, "mounts": {}})
    assert merge(job, job_type) == JobConfiguration(settings={"a": "job"}, priority=100)


def test_what_neither_gives_has_its_default() -> None:
    assert merge(parse_configuration({}), parse_configuration({})) == JobConfiguration()


MEMBERS = st.fixed_dictionaries(
    {},
    optional={
        "priority": st.integers(1, 1000),
        "settings": st.dictionaries(st.sampled_from("ab"), st.text("xy")),
        "output_workspaces": st.fixed_dictionaries({"default": st.text("xy")}),
    },
)


@given(MEMBERS)
def test_a_stored_configuration_is_read_as_it_was(members: dict[str, object]) -> None:
    configuration = parse_configuration(members)
    assert parse_configuration(to_document(configuration)) == configuration


@given(MEMBERS, MEMBERS)
def test_merging_chooses_member_by_member(job: dict[str, object], job_type: dict[str, object]) -> None:
    merged = merge(parse_configuration(job), parse_configuration(job_type))
    assert merged == parse_configuration(job_type | job)


def test_values_of_secret_settings_are_removed_and_unknown_settings_stay() -> None:
    configuration = parse_configuration({"settings": {"host": "db", "password": "x", "other": "y"}, "priority": 3})
    kept = without_secrets(configuration, MANIFEST)
    assert kept == JobConfiguration(settings={"host": "db", "other": "y"}, priority=3)
    assert without_secrets(kept, MANIFEST) is kept


def test_every_named_workspace_is_known_once() -> None:
    outputs = {"counts": "a", "plots": "b", "more": "a"}
    assert workspace_names(parse_configuration({"output_workspaces": {"outputs": outputs}})) == {"a", "b"}
    assert workspace_names(parse_configuration({"output_workspaces": {"default": "d"}})) == {"d"}


def test_an_output_goes_to_its_own_workspace_else_to_the_default() -> None:
    document = {"output_workspaces": {"default": "d", "outputs": {"plots": "p"}}}
    configuration = parse_configuration(document)
    assert [configuration.workspace_for(name) for name in ("plots", "counts")] == ["p", "d"]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"priority": 5},
        {"output_workspaces": {"default": "d"}},
        {"output_workspaces": {"outputs": {"counts": "a", "plots": "b"}}},
    ],
)
def test_outputs_are_mapped_or_nothing_is_said_about_them(document: object) -> None:
    check_outputs_mapped(parse_configuration(document), MANIFEST)


def test_without_a_default_every_file_output_has_to_be_mapped() -> None:
    configuration = parse_configuration({"output_workspaces": {"outputs": {"counts": "a"}}})
    with pytest.raises(InvalidRequest, match=r"^configuration\.output_workspaces\.outputs\.plots: "):
        check_outputs_mapped(configuration, MANIFEST)


@pytest.mark.parametrize(
    ("members", "where"),
    [
        ({"settings": {"a": "x", "b": "x" * 131_072}}, "settings.b"),
        ({"mounts": {"m": {"type": "host", "host_path": "/" + "x" * 131_072}}}, "mounts.m.host_path"),
    ],
)
def test_what_no_process_could_be_started_with_is_refused(members: dict[str, object], where: str) -> None:
    check_passable(parse_configuration({"settings": {"a": "x" * 100_000}, "mounts": {"v": {"type": "volume"}}}))
    with pytest.raises(InvalidRequest, match=rf"^configuration\.{where}: is 13107"):
        check_passable(parse_configuration(members))


def test_the_limit_of_a_log_is_shown_where_there_is_one() -> None:
    assert to_document(parse_configuration({"max_log_bytes": 5}))["max_log_bytes"] == 5
    assert "max_log_bytes" not in to_document(parse_configuration({"max_log_bytes": None}))


@pytest.mark.parametrize("value", [0, -1, 1.5, "5", True, 2**63])
def test_the_limit_of_a_log_is_a_number_of_bytes(value: object) -> None:
    with pytest.raises(InvalidRequest, match=r"^configuration\.max_log_bytes: "):
        parse_configuration({"max_log_bytes": value})
