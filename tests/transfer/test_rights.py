"""An import by a database user who may not silence triggers does the same, if slower."""

import random
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from jobsvc.db.database import Database
from tests.transfer.lines import BASIS, NOON, empty, job, load, load_text, refused, save, save_text
from tests.transfer.test_round_trip import CHAIN

ROLE = "jobsvc_plain"
RIGHTS = (
    f"DROP ROLE IF EXISTS {ROLE}",
    f"CREATE ROLE {ROLE}",
    f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {ROLE}",
    f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {ROLE}",
)


@pytest.fixture
async def plain(db: Database, database_url: str) -> AsyncIterator[Database]:
    """The test's database as a user who owns nothing."""
    async with db.engine.begin() as connection:
        for statement in RIGHTS:
            await connection.execute(text(statement))
    database = Database.connect(database_url, server_settings={"role": ROLE})
    yield database
    await database.close()
    async with db.engine.begin() as connection:
        await connection.execute(text(f"DROP OWNED BY {ROLE}"))
        await connection.execute(text(f"DROP ROLE {ROLE}"))


async def test_the_user_may_not(plain: Database) -> None:
    async with plain.transaction() as tx:
        await tx.imports.open()
        role = await tx._connection.execute(text("SHOW session_replication_role"))
        assert role.scalar_one() == "origin"


@pytest.mark.parametrize("is_shuffled", [False, True])
async def test_all_comes_in(db: Database, plain: Database, *, is_shuffled: bool) -> None:
    await load(db, *CHAIN)
    exported = await save_text(db)
    await empty(db)
    lines = exported.splitlines(keepends=True)
    if is_shuffled:
        random.Random(1).shuffle(lines)  # noqa: S311
    await load_text(plain, b"".join(lines))
    assert await save_text(db) == exported


async def test_what_points_nowhere_is_told(plain: Database) -> None:
    issues = await refused(plain, *BASIS, job(1, node_id=9), job(2, superseded_job_id=8))
    assert issues == ["line 5: job: node_id: there is no node 9", "line 6: job: superseded_job_id: there is no job 8"]


async def test_the_trigger_does_not_move_last_modified(plain: Database) -> None:
    await load(plain, *BASIS, job(1, last_modified=NOON))
    await load(plain, job(1, last_modified=NOON, input_file_size=2))
    [line] = await save(plain, "job")
    assert (line["last_modified"], line["input_file_size"]) == (NOON, 2)
