"""What a job reads and has made, as documents of version 1.0, there and back."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.json_types import JsonType
from jobsvc.domain.seed import FileInput, FileOutput, JsonInput, JsonOutput, SeedManifest
from jobsvc.domain.v3.data import (
    V3Data,
    data_document,
    read_data,
    read_properties,
    read_results,
    results_document,
    results_manifest,
    shown_output,
    stored_output,
)

DOCUMENTED = json.loads((Path(__file__).parents[1] / "data" / "v3" / "v3-later_job_details.json").read_text())
MANIFEST = SeedManifest(
    name="count",
    job_version="1.0.0",
    package_version="1.0.0",
    title="Count",
    description="",
    timeout=60,
    file_inputs=(FileInput("one"), FileInput("many", multiple=True)),
    json_inputs=(JsonInput("value", JsonType.STRING),),
    file_outputs=(FileOutput("one", "*"), FileOutput("many", "*", multiple=True)),
    json_outputs=(JsonOutput("value", JsonType.STRING, "value"),),
)

ids = st.integers(1, 2**63 - 1)
values = st.recursive(st.none() | st.booleans() | st.integers(-5, 5) | st.text("abc"), lambda inner: st.lists(inner, max_size=2))
others = st.text("xyz", min_size=1, max_size=2)
stored = st.builds(
    lambda one, many, more, value, strange: {"files": one | many | more, "json": value | strange},
    st.dictionaries(st.just("one"), st.lists(ids, min_size=1, max_size=1)),
    st.dictionaries(st.just("many"), st.lists(ids, min_size=1, max_size=3)),
    st.dictionaries(others.map(lambda name: f"files-{name}"), st.lists(ids, min_size=1, max_size=3)),
    st.dictionaries(st.just("value"), values),
    st.dictionaries(others, values),
)
workspaces = st.dictionaries(st.sampled_from(["one", "many"]), ids)


@given(stored, workspaces)
def test_an_input_comes_back(document: dict[str, Any], workspaces: dict[str, int]) -> None:
    files = {name: tuple(ids) for name, ids in document["files"].items()}
    assert read_data(data_document(document, MANIFEST, workspaces), "data") == V3Data(files, document["json"], workspaces)


@given(stored)
def test_an_output_comes_back(document: dict[str, Any]) -> None:
    assert read_results(results_document(document, MANIFEST), "results") == document


@given(stored, workspaces)
def test_documents_come_back(document: dict[str, Any], workspaces: dict[str, int]) -> None:
    data, results = data_document(document, MANIFEST, workspaces), results_document(document, MANIFEST)
    read = read_data(data, "data")
    again = {"files": {name: list(ids) for name, ids in read.files.items()}, "json": dict(read.json)}
    assert data_document(again, MANIFEST, read.workspaces) == data
    assert results_document(read_results(results, "results"), MANIFEST) == results


def test_the_documented_data_come_back() -> None:
    read = read_data(DOCUMENTED["data"], "data")
    assert read == V3Data({"input_file": (8480,)}, {}, {"output_file": 2})
    assert data_document({"files": {"input_file": [8480]}}, MANIFEST, read.workspaces) == DOCUMENTED["data"]


def test_the_documented_results_come_back() -> None:
    read = read_results(DOCUMENTED["results"], "results")
    assert read == {"files": {"output_file": [8484]}, "json": {}}
    assert results_document(read, MANIFEST) == DOCUMENTED["results"]


def test_the_interface_says_the_sequence_and_the_member() -> None:
    document = {"files": {"stray": [9], "many": [7], "one": [8], "strays": [1, 2]}, "json": {"value": "x"}}
    assert data_document(document, MANIFEST, {}) == {
        "version": "1.0",
        "input_data": [
            {"name": "one", "file_id": 8},
            {"name": "many", "file_ids": [7]},
            {"name": "value", "value": "x"},
            {"name": "stray", "file_id": 9},
            {"name": "strays", "file_ids": [1, 2]},
        ],
        "output_data": [],
    }


SHOWN: list[tuple[Any, Any]] = [
    (None, None),
    ({"version": "7", "files": {}, "json": {}}, {"version": "7", "files": {}, "json": {}, "output_data": []}),
    (
        {"version": "7", "files": {"other": [9, 8], "many": [1], "one": [2]}, "json": {"value": None}},
        {
            "version": "7",
            "files": {"other": [9, 8], "many": [1], "one": [2]},
            "json": {"value": None},
            "output_data": [
                {"name": "one", "file_id": 2},
                {"name": "many", "file_ids": [1]},
                {"name": "value", "value": None},
                {"name": "other", "file_ids": [9, 8]},
            ],
        },
    ),
    (
        {"version": "1.0", "output_data": [{"name": "one", "file_id": 2}]},
        {"version": "1.0", "files": {"one": [2]}, "json": {}, "output_data": [{"name": "one", "file_id": 2}]},
    ),
    ({"output_data": [{"name": "one"}]}, {"output_data": [{"name": "one"}]}),
    ({}, {"files": {}, "json": {}, "output_data": []}),
    ({"files": {"one": 2}, "json": []}, {"files": {"one": 2}, "json": {}, "output_data": []}),
]


@pytest.mark.parametrize(("document", "expected"), SHOWN)
def test_an_output_is_shown_in_both_drawings(document: Any, expected: Any) -> None:
    assert shown_output(document, MANIFEST) == expected


def test_there_may_be_nothing() -> None:
    assert data_document(None, MANIFEST, {}) == {"version": "1.0", "input_data": [], "output_data": []}
    assert results_document(None, MANIFEST) is None
    assert results_manifest(None) is None
    assert results_manifest({}) == {"version": "1.1", "output_data": [], "errors": [], "parse_results": []}
    assert read_data({}, "data") == V3Data({}, {}, {})


@pytest.mark.parametrize(
    ("kind", "json_value", "read"),
    [
        (JsonType.INTEGER, "60", 60),
        (JsonType.INTEGER, " -1 ", -1),
        (JsonType.INTEGER, "1.5", "1.5"),
        (JsonType.INTEGER, "sixty", "sixty"),
        (JsonType.INTEGER, 60, 60),
        (JsonType.NUMBER, "1.5", 1.5),
        (JsonType.NUMBER, "[" * 100_000, "[" * 100_000),
        (JsonType.BOOLEAN, "true", True),
        (JsonType.BOOLEAN, "1", "1"),
        (JsonType.STRING, "60", "60"),
        (JsonType.ARRAY, "[1]", "[1]"),
    ],
)
def test_a_property_is_what_its_input_takes(kind: JsonType, json_value: JsonValue, read: JsonValue) -> None:
    manifest = replace(MANIFEST, json_inputs=(JsonInput("value", kind),))
    assert read_properties({"value": json_value, "other": "60"}, manifest) == {"value": read, "other": "60"}


def test_results_that_were_imported_are_shown_as_they_are() -> None:
    imported = {"version": "1.1", "output_data": [{"name": "one", "file_id": 3}], "parse_results": []}
    assert results_document(imported, MANIFEST) == imported
    assert stored_output(imported) == {"files": {"one": [3]}, "json": {}}
    assert stored_output({"output_data": [{"path": "/tmp"}]}) is None  # noqa: S108 - of another system
    assert stored_output({"files": {}, "json": {}}) == {"files": {}, "json": {}}
    assert stored_output(None) is None


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ("text", "job_data: "),
        ({"version": "1.1"}, "job_data.version: "),
        ({"files": {}}, "job_data.files: "),
        ({"input_data": {}}, "job_data.input_data: "),
        ({"input_data": [{"file_id": 1}]}, "job_data.input_data[0].name: "),
        ({"input_data": [{"name": "a"}]}, "job_data.input_data[0]: "),
        ({"input_data": [{"name": "a", "file_id": 1, "value": 1}]}, "job_data.input_data[0]: "),
        ({"input_data": [{"name": "a", "file_id": True}]}, "job_data.input_data[0].file_id: "),
        ({"input_data": [{"name": "a", "file_ids": []}]}, "job_data.input_data[0].file_ids: "),
        ({"input_data": [{"name": "a", "value": 1}, {"name": "a", "file_id": 1}]}, "job_data.input_data[1].name: "),
        ({"output_data": [{"name": "a", "workspace_id": "1"}]}, "job_data.output_data[0].workspace_id: "),
        ({"output_data": [{"name": "a", "workspace_id": 1}] * 2}, "job_data.output_data[1].name: "),
    ],
)
def test_data_that_cannot_be_read_are_refused(document: object, where: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_data(document, "job_data")
    assert refused.value.detail.startswith(where)
