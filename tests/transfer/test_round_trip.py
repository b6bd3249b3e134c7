"""What is exported comes in again as it was, in any sequence and any number of times."""

import random
from pathlib import Path
from typing import Any

import pytest
from bench import import_lines
from sqlalchemy import func, select, text

from jobsvc.db.database import Database
from jobsvc.db.transfer.tables import NOT_DATA, TABLES
from tests.db.rows import TABLES as ALL
from tests.db.rows import add
from tests.transfer.lines import BASIS, NOON, Line, empty, execution, file, job, load, load_text, save, save_text

CHAIN: tuple[Line, ...] = (
    *BASIS,
    {"table": "recipe_type", "id": 1, "name": "flow"},
    {"table": "recipe_type_revision", "id": 1, "recipe_type_id": 1, "revision_num": 1},
    {"table": "recipe", "id": 5, "recipe_type_id": 1, "recipe_type_rev_id": 1, "superseded_recipe_id": 6},
    {"table": "recipe", "id": 6, "recipe_type_id": 1, "recipe_type_rev_id": 1, "recipe_id": 5, "is_superseded": True},
    {"table": "recipe_node", "id": 1, "recipe_id": 5, "node_name": "first", "job_id": 2},
    {"table": "recipe_node", "id": 2, "recipe_id": 5, "node_name": "inner", "sub_recipe_id": 6},
    job(1, is_superseded=True, superseded=NOON, recipe_id=6),
    job(2, is_superseded=True, superseded=NOON, recipe_id=5, superseded_job_id=1, root_superseded_job_id=1),
    # Ids need not ascend along the chain.
    job(3, superseded_job_id=9, root_superseded_job_id=1, status="COMPLETED", num_exes=1, output={"files": {"OUT": [1]}}),
    job(9, is_superseded=True, superseded=NOON, superseded_job_id=2, root_superseded_job_id=1),
    execution(3),
    file(1, file_type="PRODUCT", job_id=3, job_exe_id=3, recipe_id=5, countries=["NL", "DE"]),
    {"table": "job_input_file", "job_id": 3, "job_input": "IN", "position": 0, "file_id": 1},
)
"""Rows that point forwards, backwards and at rows of their own table."""


@pytest.fixture
async def full(db: Database) -> Database:
    """A database with rows in every table of the format."""
    async with db.engine.begin() as connection:
        for table in TABLES * 3:
            await add(connection, table)
        await connection.execute(text("UPDATE job SET num_exes = (SELECT max(exe_num) FROM execution)"))
    return db


async def test_all_data_leave_and_come_back(full: Database) -> None:
    exported = await save_text(full, logs=True)
    await empty(full)
    await load_text(full, exported, keep_running=True)
    assert await save_text(full, logs=True) == exported
    async with full.engine.connect() as connection:
        for table in TABLES:
            assert (await connection.execute(select(func.count()).select_from(table))).scalar_one() >= 3, table.name


async def test_a_second_import_changes_nothing(db: Database) -> None:
    first = await load(db, *CHAIN)
    assert {item.added for item in first.values()} == {item.rows for item in first.values()}
    exported = await save_text(db)
    second = await load(db, *CHAIN)
    assert all(item.unchanged == item.rows for item in second.values())
    assert await save_text(db) == exported


@pytest.mark.parametrize("seed", range(3))
async def test_lines_may_come_in_any_sequence(db: Database, seed: int) -> None:
    await load(db, *CHAIN)
    exported = await save_text(db)
    await empty(db)
    lines = exported.splitlines(keepends=True)
    random.Random(seed).shuffle(lines)  # noqa: S311
    await load_text(db, b"".join(lines))
    assert await save_text(db) == exported


async def test_log_lines_are_left_out_unless_asked_for(full: Database) -> None:
    assert b'"log_line"' not in await save_text(full)
    assert b'"log_line"' in await save_text(full, logs=True)


async def test_what_differs_becomes_as_the_file_says(db: Database) -> None:
    await load(db, *BASIS, job(1, last_modified=NOON, input_file_size=1))
    imported = await load(db, *BASIS, job(1, last_modified=NOON, input_file_size=2), job(2))
    assert (imported["job"].added, imported["job"].changed, imported["job"].unchanged) == (1, 1, 0)
    [changed, _] = await save(db, "job")
    assert (changed["input_file_size"], changed["last_modified"]) == (2, NOON)


async def test_what_a_line_leaves_out_is_null_or_stays_or_gets_its_default(db: Database) -> None:
    await load(db, *BASIS, job(1, created=NOON, delete_superseded=False, input_file_size=1))
    await load(db, job(1), job(2))
    [kept, new] = await save(db, "job")
    assert (kept["created"], kept["delete_superseded"], kept.get("input_file_size")) == (NOON, False, None)
    assert (new["delete_superseded"], new["num_exes"]) == (True, 0)


async def test_nothing_at_all_is_imported_as_such(db: Database) -> None:
    for content in (b"", b"\n", b'{"jobsvc": {"format": 1}}\n'):
        assert await load_text(db, content) == {}


async def test_every_table_is_data_or_named_as_none() -> None:
    assert {table.name for table in TABLES} | NOT_DATA == set(ALL)
    assert not {table.name for table in TABLES} & NOT_DATA


async def test_what_is_no_document_of_ours_stays_as_it_is(db: Database) -> None:
    document: dict[str, Any] = {
        "text": 'tab\tquote"back\\slash\u2028😀',
        "numbers": [1, 1.5, -0.25, 2**53 + 1],
        "deep": [[{}]],
        "none": None,
    }
    await load(db, *BASIS, job(1, configuration=document))
    [line] = await save(db, "job")
    assert line["configuration"] == document


async def test_the_file_of_the_benchmark_is_in_order(db: Database, tmp_path: Path) -> None:
    path = tmp_path / "jobs.jsonl"
    assert import_lines.write(path, 200) > 800
    imported = await load_text(db, path.read_bytes())
    assert imported["job"].added == 200


async def test_an_export_is_of_one_moment(db: Database) -> None:
    await load(db, *BASIS, job(1))
    async with db.transaction() as tx:
        await tx.exports.open()
        [first] = [page async for page in tx.exports.pages(ALL["job_type"])]
        async with db.engine.begin() as other:
            await other.execute(text("DELETE FROM job"))
        assert [len(page) async for page in tx.exports.pages(ALL["job"])] == [len(first)]


async def test_versions_that_no_line_takes_apart(db: Database) -> None:
    versions = {1: "1.10.0", 2: "1.9.0-rc+4", 3: "one", 4: f"{'9' * 30}.0"}
    lines = [{**BASIS[2], "id": number, "version": version} for number, version in versions.items()]
    await load(db, *lines)
    result = {line["id"]: line.get("version_array") for line in await save(db, "job_type")}
    assert result == {1: [1, 10, 0], 2: [1, 9, 0], 3: None, 4: None}
    assert (await load(db, *lines))["job_type"].unchanged == 4
