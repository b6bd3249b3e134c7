"""Which input a job type takes, and which JSON output.

See docs/spec/behaviour/submit.md#input and docs/spec/behaviour/seed.md#outputs.
"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.job_data import JobInput, parse_input, to_document, validate_input, validate_json_outputs
from jobsvc.domain.json_types import JsonType
from jobsvc.domain.outputs import OutputProblem
from jobsvc.domain.seed import FileInput, JsonInput, JsonOutput, SeedManifest

MANIFEST = SeedManifest(
    name="count",
    job_version="1.0.0",
    package_version="1.0.0",
    title="Count",
    description="",
    timeout=60,
    file_inputs=(FileInput("text"), FileInput("more", required=False, multiple=True)),
    json_inputs=(JsonInput("limit", JsonType.INTEGER), JsonInput("mode", JsonType.STRING, required=False)),
    json_outputs=(
        JsonOutput("total", JsonType.INTEGER, key="sum"),
        JsonOutput("note", JsonType.STRING, key="note", required=False),
    ),
)
FITTING = JobInput({"text": (1,)}, {"limit": 5})


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({}, JobInput()),
        ({"version": "6"}, JobInput()),
        ({"version": "7", "files": {"a": [2, 1, 2]}, "json": {}}, JobInput({"a": (2, 1, 2)})),
        ({"json": {"a": None, "b": [1, {"c": 1.5}]}}, JobInput({}, {"a": None, "b": [1, {"c": 1.5}]})),
        ({"version": "1.0"}, JobInput()),
        (
            {
                "version": "1.0",
                "input_data": [
                    {"name": "a", "file_id": 1},
                    {"name": "b", "file_ids": [2, 3]},
                    {"name": "c", "value": None},
                ],
                "output_data": [{"name": "d", "workspace_id": 1}],
            },
            JobInput({"a": (1,), "b": (2, 3)}, {"c": None}),
        ),
    ],
)
def test_the_three_versions_of_the_input_are_read(document: object, expected: JobInput) -> None:
    assert parse_input(document) == expected


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ([], "input: "),
        ({"version": 7}, "input.version: "),
        ({"version": "2.0"}, "input.version: "),
        ({"extra": 1}, "input.extra: "),
        ({"input_data": []}, "input.input_data: "),
        ({"files": {"a": []}}, "input.files.a: "),
        ({"files": {"a": 1}}, "input.files.a: "),
        ({"files": {"a": [1, True]}}, "input.files.a[1]: "),
        ({"files": {"a": [1.0]}}, "input.files.a[0]: "),
        ({"files": {"a": ["1"]}}, "input.files.a[0]: "),
        ({"files": {"a": [0]}}, "input.files.a[0]: "),
        ({"files": {"a": [2**63]}}, "input.files.a[0]: "),
        ({"json": {"a": "\x00"}}, "input.json.a: "),
        ({"json": []}, "input.json: "),
        ({"version": "1.0", "files": {}}, "input.files: "),
        ({"version": "1.0", "input_data": [{"name": "a"}]}, "input.input_data[0]: needs exactly one"),
        (
            {"version": "1.0", "input_data": [{"name": "a", "file_id": 1, "value": 2}]},
            "input.input_data[0]: needs",
        ),
        ({"version": "1.0", "input_data": [{"name": "a", "file_id": None}]}, "input.input_data[0].file_id: "),
        ({"version": "1.0", "input_data": [{"file_id": 1}]}, "input.input_data[0].name: "),
        (
            {"version": "1.0", "input_data": [{"name": "a", "file_id": 1}, {"name": "a", "file_id": 2}]},
            "input.input_data[1].name: a is given twice",
        ),
        (
            {"version": "1.0", "input_data": [{"name": "a", "value": 1}, {"name": "a", "file_id": 2}]},
            "input.input_data[1].name: a is given twice",
        ),
    ],
)
def test_input_of_a_wrong_form_is_refused_with_its_member(document: object, where: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_input(document)
    assert refused.value.detail.startswith(where)


def test_a_value_that_is_too_deep_is_refused() -> None:
    value: JsonValue = 1
    for _ in range(5000):
        value = [value]
    with pytest.raises(InvalidRequest, match=r"^input\.json\.a"):
        parse_input({"json": {"a": value}})


JSON_VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.just("x"),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.sampled_from("abc"), parts, max_size=3),
    max_leaves=10,
)
FILE_IDS = st.lists(st.integers(1, 2**63 - 1), min_size=1, max_size=3).map(tuple)


@given(
    st.dictionaries(st.text("ab", max_size=3), FILE_IDS),
    st.dictionaries(st.text("cd", max_size=3), JSON_VALUES),
)
def test_input_survives_being_stored_and_read(files: dict[str, tuple[int, ...]], values: dict[str, JsonValue]) -> None:
    data = JobInput(files, values)
    assert parse_input(to_document(data)) == data


def test_the_ids_of_all_files_come_in_the_order_of_the_document() -> None:
    assert JobInput({"b": (3, 1), "a": (3,)}).file_ids() == (3, 1, 3)


@pytest.mark.parametrize(
    "data",
    [
        FITTING,
        JobInput({"text": (1,), "more": (2, 3, 3)}, {"limit": 5, "mode": "fast"}),
    ],
)
def test_input_that_fits_is_taken_whole(data: JobInput) -> None:
    assert validate_input(data, MANIFEST) == data


def test_names_that_the_manifest_does_not_know_are_dropped() -> None:
    data = JobInput({"text": (1,), "other": (1, 2)}, {"limit": 5, "another": None})
    assert validate_input(data, MANIFEST) == FITTING


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (JobInput({}, {"limit": 5}), "input.files.text: is required"),
        (JobInput({"text": (1,)}), "input.json.limit: is required"),
        (JobInput({"text": (1, 2)}, {"limit": 5}), "input.files.text: takes one file, not 2"),
        (JobInput({"text": (1,), "limit": (2,)}), "input.files.limit: takes a JSON value"),
        (JobInput({}, {"text": 1, "limit": 5}), "input.json.text: takes files"),
        (JobInput({"text": (1,)}, {"text": 1, "limit": 5}), "input.json.text: is also given under files"),
        (JobInput({"text": (1,), "x": (1,)}, {"limit": 5, "x": 1}), "input.json.x: is also given under files"),
        (JobInput({"text": (1,)}, {"limit": True}), "input.json.limit: must be of the type integer"),
        (JobInput({"text": (1,)}, {"limit": 1.0}), "input.json.limit: must be of the type integer"),
        (JobInput({"text": (1,)}, {"limit": None}), "input.json.limit: must be of the type integer"),
        (JobInput({"text": (1,)}, {"limit": 5, "mode": 1}), "input.json.mode: must be of the type string"),
    ],
)
def test_input_that_does_not_fit_is_refused_with_its_member(data: JobInput, message: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        validate_input(data, MANIFEST)
    assert refused.value.detail.startswith(message)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"sum": 3}, {"total": 3}),
        ({"sum": 3, "note": "all", "total": "ignored"}, {"total": 3, "note": "all"}),
    ],
)
def test_json_outputs_are_read_by_key_and_stored_by_name(document: object, expected: object) -> None:
    assert validate_json_outputs(document, MANIFEST) == expected


@pytest.mark.parametrize(("document", "value"), [({"total": 3}, 3), ({"": 4}, 4), ({"": 4, "total": 3}, 4)])
def test_an_empty_key_stands_for_itself_and_else_for_the_name(document: object, value: int) -> None:
    manifest = replace(MANIFEST, json_outputs=(JsonOutput("total", JsonType.INTEGER, key=""),))
    assert validate_json_outputs(document, manifest) == {"total": value}


def test_nothing_under_an_empty_key() -> None:
    manifest = replace(MANIFEST, json_outputs=(JsonOutput("total", JsonType.INTEGER, key=""),))
    with pytest.raises(OutputProblem, match="total is missing"):
        validate_json_outputs({"sum": 3}, manifest)


@pytest.mark.parametrize(
    ("document", "error_name"),
    [
        ([], "invalid-results-manifest"),
        ({"sum": float("nan")}, "invalid-results-manifest"),
        ({"sum": "3"}, "invalid-results-manifest"),
        ({"sum": 3, "note": None}, "invalid-results-manifest"),
        ({"total": 3}, "missing-required-output"),
    ],
)
def test_json_outputs_that_break_the_promise_fail_the_job(document: object, error_name: str) -> None:
    with pytest.raises(OutputProblem) as problem:
        validate_json_outputs(document, MANIFEST)
    assert problem.value.error_name == error_name
    assert problem.value.detail.startswith("seed.outputs.json")
