"""Lines that cannot be imported are told by number and reason, and nothing of their file stays."""

import gzip
import io
from typing import Any

import pytest

from jobsvc.db.database import Database
from jobsvc.domain.transfer import ImportRefused
from jobsvc.services import transfer
from jobsvc.services.transfer import TransferService
from tests.transfer.lines import BASIS, NOON, Line, execution, file, job, load, load_text, refused, save, save_text, text_of

TYPE = BASIS[2]
ERROR: Line = {"table": "error", "id": 100, "name": "broken", "job_type_name": "echo", "category": "DATA"}
RULE = "execution: breaks the rule (status = 'RUNNING') = (ended IS NULL)"

BAD: list[tuple[Line, str]] = [
    ({"table": "jobs", "id": 1}, "there is no table 'jobs'; the tables are error, ingest_event, job_type, "),
    (job(1, colour="red"), "job: there is no column 'colour'"),
    (
        job(1, status="DONE"),
        "job: status must be one of PENDING, BLOCKED, QUEUED, RUNNING, FAILED, COMPLETED, CANCELED, not 'DONE'",
    ),
    (job(1, max_tries="3"), "job: max_tries must be an integer of 64 bits"),
    (job(1, queued="2026-01-01T12:00:00"), "job: queued must be a timestamp with a zone, as 2015-01-01T00:00:00Z, not "),
    (job(1, max_tries=None), "job: max_tries is missing"),
    (job(1, configuration={"a": ["nul\0"]}), "job.configuration.a[0]: text must not hold U+0000"),
    (job(1, job_type_id=7), "job: job_type_id: there is no job_type 7"),
    (job(1, superseded_job_id=7), "job: superseded_job_id: there is no job 7"),
    (job(1, max_tries=0), "job: breaks the rule max_tries >= 1"),
    (job(1, superseded=NOON), "job: breaks the rule is_superseded = (superseded IS NOT NULL)"),
    (job(1, status="QUEUED", num_exes=1), "job: is QUEUED and has no input"),
    (
        job(1, status="QUEUED", num_exes=1, input={}, configuration={"priority": 0}),
        "job: is QUEUED with the priority 0, which is no integer from 1",
    ),
    (job(1, input={"files": {"IN": [7]}}), "job: input.files.IN: there is no file 7"),
    (
        {**TYPE, "id": 2, "manifest": {"seedVersion": "1.0.0", "job": {}}},
        "job_type: manifest.job: 'name' is a required property",
    ),
    ({**TYPE, "id": 2}, "job_type: name, version echo, 1.0.0 is on line 3 already"),
    ({**TYPE}, "job_type: id 1 is on line 3 already"),
    (file(1, file_size=-1), "file: breaks the rule file_size >= 0"),
    ({**ERROR, "category": "FATE"}, "error: category must be one of SYSTEM, DATA, ALGORITHM, not 'FATE'"),
]


@pytest.mark.parametrize(("line", "reason"), BAD, ids=lambda value: value if isinstance(value, str) else "")
async def test_a_bad_line_is_told_by_its_number_and_reason(db: Database, line: Line, reason: str) -> None:
    before = await save_text(db)
    [problem] = await refused(db, *BASIS, line)
    assert problem.startswith(f"line 5: {reason}")
    assert await save_text(db) == before


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (execution(1, ended=None), RULE),
        (execution(1, exe_num=2), "execution: exe_num is 2, but job 1 is COMPLETED with num_exes 1"),
        (execution(1, cluster_id="a", error_id=99), "execution: error_id: there is no error 99"),
        (
            {"table": "job_input_file", "job_id": 1, "job_input": "IN", "position": 0, "file_id": 3},
            "job_input_file: file_id: there is",
        ),
    ],
)
async def test_what_hangs_on_a_job_is_looked_at_too(db: Database, row: Line, reason: str) -> None:
    [problem] = await refused(db, *BASIS, job(1, status="COMPLETED", num_exes=1), row)
    assert problem.startswith(f"line 6: {reason}")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'{"table": "job", "id": 1', "line 2: is not JSON: unexpected end of data (column 25)"),
        (b"[1]", "line 2: must be a JSON object"),
        (b'{"id": 1}', 'line 2: must name its table, as in {"table": "job", "id": 1, ...}'),
        (b'{"jobsvc": {"format": 2}}', "line 2: is the header of format 2; this version of jobsvc reads format 1"),
    ],
)
async def test_what_is_no_row_at_all(db: Database, content: bytes, problem: str) -> None:
    with pytest.raises(ImportRefused) as refusal:
        await load_text(db, b"\n" + content + b"\n\n")
    assert str(refusal.value) == problem


async def test_at_most_twenty_problems_are_told(db: Database) -> None:
    issues = await refused(db, *BASIS, *(job(number, status="DONE") for number in range(1, 100)))
    assert [issue.partition(":")[0] for issue in issues] == [f"line {number}" for number in range(5, 25)]


async def test_every_problem_of_a_kind_is_told(db: Database) -> None:
    issues = await refused(db, *BASIS, job(1, node_id=5, error_id=99), job(2, batch_id=8), file(1, workspace_id=2))
    assert issues == [
        "line 5: job: error_id: there is no error 99",
        "line 5: job: node_id: there is no node 5",
        "line 6: job: batch_id: there is no batch 8",
        "line 7: file: workspace_id: there is no workspace 2",
    ]


async def test_what_is_here_may_not_be_contradicted(db: Database) -> None:
    await load(db, *BASIS, job(1, created=NOON), file(1))
    assert await refused(
        db,
        {**TYPE, "id": 2},
        {**BASIS[0], "name": "other"},
        job(1, created="2025-01-01T00:00:00Z"),
    ) == [
        "line 2: workspace: id 1 is that of another workspace here, with name default",
        "line 3: job: id 1 is that of another job here, with created 2026-01-01 12:00:00+00",
    ]
    assert await refused(db, {**TYPE, "id": 2}, file(2, file_path="file-1")) == [
        "line 1: job_type: name, version echo, 1.0.0 is that of id 1 here",
        "line 2: file: workspace_id, file_path 1, file-1 is that of id 1 here",
    ]


async def test_a_path_may_pass_from_one_file_to_another(db: Database) -> None:
    await load(db, *BASIS, file(1))
    await load(db, file(1, is_deleted=True, deleted=NOON), file(2, file_path="file-1"))
    assert [line["is_deleted"] for line in await save(db, "file")] == [True, False]


async def test_a_job_that_ran_on_here_is_not_set_back(db: Database) -> None:
    lines = (*BASIS, job(1, status="COMPLETED", num_exes=1))
    await load(db, *lines)
    await load(db, job(1, status="COMPLETED", num_exes=2), execution(7, job_id=1, exe_num=2))
    assert await refused(db, *lines) == ["line 5: job: is COMPLETED with num_exes 1, but execution 7 has exe_num 2"]


async def test_a_failure_at_the_last_of_many_lines_leaves_nothing(db: Database) -> None:
    before = await save_text(db)
    lines = [*BASIS, *(job(number) for number in range(1, 20_000)), job(20_000, recipe_id=1)]
    assert await refused(db, *lines) == ["line 20004: job: recipe_id: there is no recipe 1"]
    assert await save_text(db) == before


async def test_a_compressed_file_that_is_cut_off(db: Database) -> None:
    with gzip.open(io.BytesIO(gzip.compress(text_of(BASIS))[:-20])) as cut:
        file: Any = cut
        with pytest.raises(ImportRefused, match=r"^line 1: cannot be read: Compressed file ended"):
            await TransferService(db).load(file, lambda _progress: None)


async def test_a_line_may_be_only_so_long(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "MAX_LINE_BYTES", 2000)
    text = text_of([*BASIS, {**ERROR, "description": "x" * 2000}, {**ERROR, "id": 101, "name": "other"}])
    with pytest.raises(ImportRefused) as caught:
        await load_text(db, text)
    assert [str(issue) for issue in caught.value.issues] == ["line 5: is longer than 2000 bytes"]
