"""Inputs and outputs of an interface with their values."""

from jobsvc.domain.json_types import JsonType
from jobsvc.domain.seed import FileInput, FileOutput, JsonInput, JsonOutput, SeedManifest
from jobsvc.domain.v3.records import V3File, V3Value
from jobsvc.domain.v3.values import file_ids, merged_inputs, merged_outputs

MANIFEST = SeedManifest(
    name="count",
    job_version="1.0.0",
    package_version="1.0.0",
    title="Count",
    description="",
    timeout=60,
    file_inputs=(FileInput("ONE"), FileInput("MANY", required=False, multiple=True)),
    json_inputs=(JsonInput("MODE", JsonType.OBJECT, required=False),),
    file_outputs=(FileOutput("TABLE", "*"),),
    json_outputs=(JsonOutput("TOTAL", JsonType.INTEGER, "TOTAL"),),
)
A, B = (V3File._make([file_id, *[None] * (len(V3File._fields) - 1)]) for file_id in (1, 2))
FILES = {1: A, 2: B}


def test_every_input_has_its_value() -> None:
    stored = {"files": {"MANY": [2, 1], "ONE": [1], "STRAY": [2]}, "json": {"MODE": {"fast": True}}}
    assert merged_inputs(MANIFEST, stored, FILES) == [
        V3Value("ONE", "file", A),
        V3Value("MANY", "files", [B, A]),
        V3Value("MODE", "property", {"fast": True}),
    ]


def test_every_output_has_its_value() -> None:
    stored = {"files": {"TABLE": [2]}, "json": {"TOTAL": 3}}
    assert merged_outputs(MANIFEST, stored, FILES) == [V3Value("TABLE", "file", B), V3Value("TOTAL", "property", 3)]


def test_what_has_no_value_is_null() -> None:
    nothing = [V3Value("ONE", "file", None), V3Value("MANY", "files", None), V3Value("MODE", "property", None)]
    assert merged_inputs(MANIFEST, None, FILES) == nothing
    assert merged_inputs(MANIFEST, {}, FILES) == nothing


def test_files_that_are_gone_are_left_out() -> None:
    result = merged_inputs(MANIFEST, {"files": {"ONE": [7], "MANY": [7, 2]}}, FILES)
    assert [item.value for item in result] == [None, [B], None]


def test_each_file_is_named_once() -> None:
    assert file_ids({"files": {"A": [3, 1], "B": [1, 2]}, "json": {}}) == [3, 1, 2]
    assert file_ids(None) == []
