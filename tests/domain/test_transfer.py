"""The format of imports and exports, on tables that are made up."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from jobsvc.domain.transfer import MAX_ISSUES, Column, ImportIssue, ImportRefused, Kind, TableFormat, describe
from jobsvc.domain.transfer_lines import LineReader
from jobsvc.domain.transfer_writing import header, write_rows

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
THING = TableFormat(
    "thing",
    (
        Column("id", Kind.ID, is_required=True),
        Column("count", Kind.INTEGER),
        Column("size", Kind.NUMBER),
        Column("is_open", Kind.BOOLEAN),
        Column("name", Kind.TEXT),
        Column("made", Kind.TIMESTAMP),
        Column("details", Kind.DOCUMENT),
        Column("tags", Kind.TEXTS),
        Column("parts", Kind.INTEGERS),
        Column("color", Kind.TEXT, choices=("RED", "BLUE")),
        Column("owner_id", Kind.ID, references="owner"),
    ),
)
JOB = TableFormat(
    "job", (Column("id", Kind.ID, is_required=True), Column("input", Kind.DOCUMENT), Column("output", Kind.DOCUMENT))
)
EXECUTION = TableFormat("execution", (Column("id", Kind.ID, is_required=True), Column("resources", Kind.DOCUMENT)))
JOB_TYPE = TableFormat("job_type", (Column("id", Kind.ID, is_required=True), Column("manifest", Kind.DOCUMENT)))
NO_MANIFEST = b'{"table": "job_type", "id": 2, "manifest": {"seedVersion": "1.0.0", "job": {}}}'
HALF_OF_A_PAIR = b'{"table": "thing", "id": 1, "name": "\\ud800"}'


def thing(**members: Any) -> bytes:
    """A line of a thing."""
    return orjson.dumps({"table": "thing", "id": 1} | members)


def read(*lines: bytes) -> list[Any]:
    """The rows of the tables in some lines, without the numbers of their lines."""
    reader = LineReader([THING, JOB])
    rows = reader.read(lines)
    assert reader.issues == []
    return [row[1:] for table in rows.values() for row in table]


def issues(*lines: bytes) -> list[str]:
    """What is wrong with some lines."""
    reader = LineReader([THING, JOB, EXECUTION])
    reader.read(lines)
    return [str(issue) for issue in reader.issues]


@pytest.mark.parametrize(
    ("column", "value", "stored"),
    [
        ("id", 2**63 - 1, 2**63 - 1),
        ("count", -(2**63), -(2**63)),
        ("size", 1, 1.0),
        ("size", 1.5, 1.5),
        ("is_open", False, False),
        ("name", "é", "é"),
        ("made", "2026-01-01T12:00:00Z", NOON),
        ("made", "2026-01-01T13:00:00.000000+01:00", NOON),
        ("details", {"a": [1, "é"]}, '{"a":[1,"é"]}'),
        ("tags", ["a", "b"], ["a", "b"]),
        ("parts", [1, -2], [1, -2]),
        ("color", "RED", "RED"),
        ("owner_id", 3, 3),
    ],
)
def test_a_value_is_read_as_the_database_stores_it(column: str, value: object, stored: object) -> None:
    [row] = read(thing(**{column: value}))
    expected: list[object] = [1, *[None] * 10]
    expected[[item.name for item in THING.columns].index(column)] = stored
    assert row == expected


@pytest.mark.parametrize(
    ("column", "values", "reason"),
    [
        ("id", [0, -1, 1.0, "1", True, 2**63], "must be an integer from 1 to 2^63 - 1"),
        ("count", [1.0, "1", True, 2**63, []], "must be an integer of 64 bits"),
        ("size", ["1", True, []], "must be a number"),
        ("is_open", [0, 1, "true"], "must be true or false"),
        ("name", [1, True, ["a"]], "must be a text"),
        ("details", [[], "{}", 1], "must be an object"),
        ("tags", ["a", [1], ["a", None], {}], "must be a list of texts"),
        ("parts", [1, ["1"], [1.0], [2**63], [True]], "must be a list of integers of 64 bits"),
    ],
)
def test_a_value_of_another_kind_is_refused(column: str, values: list[Any], reason: str) -> None:
    for value in values:
        assert issues(thing(**{column: value})) == [f"line 1: thing: {column} {reason}"], value


@pytest.mark.parametrize(
    "value", ["2026-01-01T12:00:00", "2026-02-30T12:00:00Z", "noon", "2026-01-01", "0001-01-01T00:00:00+14:00", 1767268800, ["a"]]
)
def test_a_timestamp_is_one_instant(value: object) -> None:
    [problem] = issues(thing(made=value))
    assert problem == f"line 1: thing: made must be a timestamp with a zone, as 2015-01-01T00:00:00Z, not {value!r}"


@pytest.mark.parametrize("value", ["red", "", 1, ["RED"]])
def test_a_word_of_a_closed_set(value: object) -> None:
    assert issues(thing(color=value)) == [f"line 1: thing: color must be one of RED, BLUE, not {value!r}"]


def test_null_is_like_left_out() -> None:
    assert read(thing(**{column.name: None for column in THING.columns if column.name != "id"})) == read(thing())


@pytest.mark.parametrize(
    ("line", "reasons"),
    [
        (b"{", ["is not JSON: unexpected end of data (column 2)"]),
        (b'"thing"', ["must be a JSON object"]),
        (b"{}", ['must name its table, as in {"table": "job", "id": 1, ...}']),
        (b'{"table": []}', ['must name its table, as in {"table": "job", "id": 1, ...}']),
        (b'{"table": "other", "id": 1}', ["there is no table 'other'; the tables are thing, job, execution"]),
        (b'{"table": "thing"}', ["thing: id is missing"]),
        (b'{"table": "thing", "id": null, "is_open": 1}', ["thing: id is missing", "thing: is_open must be true or false"]),
        (b'{"table": "thing", "id": 1, "shape": null}', ["thing: there is no column 'shape'"]),
        (thing(name="a\0b"), ["thing.name: text must not hold U+0000 or an unpaired surrogate"]),
        (thing(details={"a": {"b\0": 1}}), ["thing.details.a: text must not hold U+0000 or an unpaired surrogate"]),
        (HALF_OF_A_PAIR, ["is not JSON: no low surrogate in string (column 38)"]),
        (b'{"table": "thing", "id": 1, "name": "\xff"}', ["is not UTF-8 (byte 38)"]),
        (
            b'{"table": "thing", "id": 1, "details": ' + b'{"a":' * 300 + b"1" + b"}" * 301,
            ["thing: details must not be nested that deep"],
        ),
        (
            b'{"table": "thing", "id": 1, "details": ' + b'{"a":' * 110 + b"{}" + b"}" * 111,
            ["thing: details must not be nested that deep"],
        ),
        (b'{"jobsvc": {"format": 2}}', ["is the header of format 2; this version of jobsvc reads format 1"]),
        (b'{"jobsvc": 1}', ["is the header of format None; this version of jobsvc reads format 1"]),
    ],
)
def test_every_reason_against_a_line_is_told(line: bytes, reasons: list[str]) -> None:
    assert issues(thing(), line + b"\n") == [f"line 2: {reason}" for reason in reasons]


def test_a_backslash_before_u0000_is_no_nul() -> None:
    [row] = read(thing(name="\\u0000"))
    assert row[4] == "\\u0000"


def test_headers_and_blank_lines_are_no_rows_and_lines_are_counted_through() -> None:
    reader = LineReader([THING])
    assert reader.read([b'\xef\xbb\xbf{"jobsvc": {"format": 1}}\n', b"\n", thing() + b"\r\n"])["thing"][0][0] == 3
    assert reader.read([b'{"jobsvc": {"format": 1, "more": 1}}', thing(id=2)])["thing"][0][:2] == [5, 2]
    assert reader.read([]) == {}
    assert (reader.line, reader.issues) == (5, [])


def test_a_row_may_come_first_even_after_a_byte_order_mark() -> None:
    assert len(read(b"\xef\xbb\xbf" + thing())) == 1


def test_a_job_input_of_version_1_0_becomes_one_of_today() -> None:
    v3 = {"version": "1.0", "input_data": [{"name": "A", "file_id": 1}, {"name": "B", "value": 2}]}
    today = {"version": "6", "files": {"A": [1]}}
    jobs = (orjson.dumps({"table": "job", "id": 1, "input": item}) for item in (v3, today))
    assert [orjson.loads(row[1]) for row in read(*jobs)] == [{"files": {"A": [1]}, "json": {"B": 2}}, today]


def test_one_that_cannot_be_turned_is_refused() -> None:
    line = orjson.dumps({"table": "job", "id": 1, "input": {"version": "1.0", "input_data": [{"name": "A"}]}})
    assert issues(line) == ["line 1: job: input.input_data[0]: needs exactly one of file_id, file_ids and value"]


@pytest.mark.parametrize(
    ("column", "document", "reason"),
    [
        ("output", {"files": [1]}, "must have a list of ids for each name in files"),
        ("output", {"files": {"A": 5}}, "must have a list of ids for each name in files"),
        ("output", {"files": {"A": ["1"]}}, "must have a list of ids for each name in files"),
        ("input", {"files": {"A": [True]}}, "must have a list of ids for each name in files"),
        ("input", {"json": []}, "must have an object as json"),
        ("resources", {"resources": 5}, "must have a number for each name in resources"),
        ("resources", {"resources": {"cpus": "1"}}, "must have a number for each name in resources"),
    ],
)
def test_a_document_that_nobody_could_show_is_refused(column: str, document: Any, reason: str) -> None:
    table = "execution" if column == "resources" else "job"
    assert issues(orjson.dumps({"table": table, "id": 1, column: document})) == [f"line 1: {table}: {column} {reason}"]


def test_documents_that_say_little_are_taken() -> None:
    for table, column, document in (
        ("job", "output", {}),
        ("job", "output", {"files": {"A": [1]}, "json": {"B": None}, "more": 1}),
        ("execution", "resources", {}),
        ("execution", "resources", {"resources": None}),
        ("execution", "resources", {"resources": {"cpus": 1, "mem": 0.5}}),
    ):
        assert issues(orjson.dumps({"table": table, "id": 1, column: document})) == []


def test_rows_are_written_as_they_are_read() -> None:
    row = [7, None, 1.5, True, "é\n", NOON, '{"a": 1.10}', ["x"], [], "RED", None]
    line = write_rows(THING, [row])
    assert line.endswith(b"}\n")
    assert orjson.loads(line) == {
        "table": "thing",
        "id": 7,
        "size": 1.5,
        "is_open": True,
        "name": "é\n",
        "made": "2026-01-01T12:00:00Z",
        "details": {"a": 1.1},
        "tags": ["x"],
        "parts": [],
        "color": "RED",
    }
    assert read(line) == [[*row[:6], '{"a":1.1}', *row[7:]]]
    assert header("1.2.3") == b'{"jobsvc":{"format":1,"version":"1.2.3"}}\n'


def test_problems_are_told_in_sequence_each_once_and_not_without_end() -> None:
    refused = ImportRefused([ImportIssue(3, "c"), ImportIssue(0, "the file"), ImportIssue(3, "c"), ImportIssue(2, "b")])
    assert str(refused) == "the file\nline 2: b\nline 3: c"
    assert len(ImportRefused(ImportIssue(line, "") for line in range(100)).issues) == MAX_ISSUES


def test_the_format_is_described() -> None:
    reported = describe([THING, JOB])
    assert (
        "### thing\n\n| column | holds | required |\n| --- | --- | --- |\n| `id` | id | yes |\n| `count` | integer |  |\n"
        in reported
    )
    assert "| `color` | `RED`, `BLUE` |  |\n| `owner_id` | id of `owner` |  |\n\n### job\n\n" in reported


def test_a_manifest_is_whole_and_gets_its_defaults() -> None:
    job = {"name": "echo", "jobVersion": "1.0.0", "packageVersion": "1.0.0", "title": "E", "description": "E", "timeout": 60}
    whole = {
        "seedVersion": "1.0.0",
        "job": job | {"maintainer": {"name": "J", "email": "j@example.com"}, "errors": [{"code": 3, "name": "a"}]},
    }
    reader = LineReader([JOB_TYPE])
    rows = reader.read([orjson.dumps({"table": "job_type", "id": 1, "manifest": whole}), NO_MANIFEST])
    assert orjson.loads(rows["job_type"][0][2])["job"]["errors"][0]["title"] == "a"
    assert [str(issue) for issue in reader.issues] == ["line 2: job_type: manifest.job: 'name' is a required property"]


def test_the_rules_of_a_policy_are_ones_that_can_decide() -> None:
    columns = (Column("id", Kind.ID, is_required=True), Column("definition", Kind.DOCUMENT))
    reader = LineReader([TableFormat("retry_policy", columns)])
    good = {"table": "retry_policy", "id": 1, "definition": {"rules": [{"exit_codes": [3]}]}}
    bad = {"table": "retry_policy", "id": 2, "definition": {"rules": [{"exit_codes": [0]}]}}
    rows = reader.read([orjson.dumps(good), orjson.dumps(bad)])
    assert orjson.loads(rows["retry_policy"][0][2])["rules"][0]["action"] == "retry"
    [issue] = reader.issues
    assert str(issue).startswith("line 2: retry_policy: definition.rules[0].exit_codes[0]: ")
