"""Whether a process can do its work, on a database that is away, read-only, at another schema, or slow."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from jobsvc.db.database import Database
from jobsvc.db.schema_revisions import newest
from jobsvc.domain.errors import LogsUnavailable
from jobsvc.logstores.postgres import PostgresLogStore
from jobsvc.services.health import STOPPING, HealthService, Readiness
from tests.refusing import administrator, read_only
from tests.relay import relay_to
from tests.waiting import eventually


class AbsentLogStore(PostgresLogStore):
    """A log store that does not answer as it should."""

    def __init__(self, database: Database, problem: Exception | None) -> None:
        super().__init__(database)
        self._problem = problem

    async def check(self) -> None:
        if self._problem is None:
            await asyncio.Event().wait()
        else:
            raise self._problem


@pytest.fixture
def health(db: Database, monkeypatch: pytest.MonkeyPatch) -> HealthService:
    """One that looks each time."""
    monkeypatch.setattr("jobsvc.services.health.FRESH_SECONDS", 0.0)
    return HealthService(db, PostgresLogStore(db))


def conditions(readiness: Readiness) -> dict[str, str]:
    """How everything is, by name."""
    return {name: str(check.condition) for name, check in readiness.checks.items()}


async def test_everything_is_in_order(health: HealthService) -> None:
    readiness = await health.readiness()
    assert readiness.is_ready
    assert conditions(readiness) == {"database": "ok", "schema": "ok", "log_store": "ok"}


async def test_a_database_that_goes_away_and_comes_back(database_url: str, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobsvc.services.health.FRESH_SECONDS", 0.0)
    async with relay_to(database_url) as relay:
        database = Database.connect(relay.url)
        health = HealthService(database, PostgresLogStore(db))
        assert (await health.readiness()).is_ready
        await relay.cut()
        readiness = await health.readiness()
        assert not readiness.is_ready
        assert conditions(readiness) == {"database": "failed", "log_store": "ok"}
        assert readiness.checks["database"].problem == "The database cannot be reached; try again."
        await relay.reconnect()
        assert (await health.readiness()).is_ready
        await database.close()


async def test_a_database_that_takes_no_changes(health: HealthService, database_url: str) -> None:
    async with read_only(database_url):
        readiness = await health.readiness()
    assert not readiness.is_ready
    assert "takes no changes" in str(readiness.checks["database"].problem)

    async def is_ready() -> bool:
        return (await health.readiness()).is_ready

    # Connections that were opened meanwhile stay as they are, until the first refusal gives each of them up.
    await eventually(is_ready, pause=0)


async def test_a_database_that_does_not_answer(db: Database, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobsvc.services.health.LOOK_SECONDS", 0.2)
    health = HealthService(db, PostgresLogStore(db))
    async with administrator(database_url) as admin, admin.transaction():
        await admin.execute("LOCK TABLE lease IN ACCESS EXCLUSIVE MODE")
        readiness = await health.readiness()
    assert not readiness.is_ready
    assert readiness.checks["database"].problem == "The database has not answered for 0.2 seconds."


@asynccontextmanager
async def revision(database: Database, value: str | None) -> AsyncIterator[None]:
    """A schema that says of itself that it is another one."""
    statements = (
        ("UPDATE alembic_version SET version_num = :value", "UPDATE alembic_version SET version_num = :newest")
        if value
        else ("DELETE FROM alembic_version", "INSERT INTO alembic_version VALUES (:newest)")
    )
    for step, statement in enumerate(statements):
        async with database.engine.begin() as connection:
            await connection.execute(text(statement), {"value": value, "newest": newest()})
        if step == 0:
            yield


@pytest.mark.parametrize(
    ("value", "is_ready", "words"),
    [("0001", False, "run `jobsvc migrate`"), (None, False, "run `jobsvc migrate`"), ("9999", True, "newer than")],
)
async def test_another_schema(health: HealthService, db: Database, value: str | None, *, is_ready: bool, words: str) -> None:
    async with revision(db, value):
        readiness = await health.readiness()
    assert readiness.is_ready is is_ready
    assert words in str(readiness.checks["schema"].problem)


async def test_a_database_that_was_never_migrated(health: HealthService, db: Database) -> None:
    async with db.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE lease RENAME TO lease_away"))
    try:
        readiness = await health.readiness()
    finally:
        async with db.engine.begin() as connection:
            await connection.execute(text("ALTER TABLE lease_away RENAME TO lease"))
    assert not readiness.is_ready
    assert "cannot be used" in str(readiness.checks["database"].problem)


@pytest.mark.parametrize(
    ("problem", "words"), [(LogsUnavailable("It is away."), "It is away."), (None, "has not answered for 2 seconds")]
)
async def test_without_a_log_store_the_process_is_ready(db: Database, problem: Exception | None, words: str) -> None:
    readiness = await HealthService(db, AbsentLogStore(db, problem)).readiness()
    assert readiness.is_ready
    assert conditions(readiness)["log_store"] == "degraded"
    assert words in str(readiness.checks["log_store"].problem)


async def test_who_stops_is_not_ready(health: HealthService) -> None:
    health.begin_stopping()
    readiness = await health.readiness()
    assert not readiness.is_ready
    assert readiness.checks["process"].problem == STOPPING


async def test_one_look_serves_all_who_ask_within_a_second(db: Database, database_url: str) -> None:
    health = HealthService(db, PostgresLogStore(db))
    async with administrator(database_url) as admin:
        counting = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
        before = await admin.fetchval(counting)
        answers = await asyncio.gather(*(health.readiness() for _ in range(200)))
        await admin.execute("SELECT pg_stat_clear_snapshot()")
        after = await admin.fetchval(counting)
    assert all(answer is answers[0] for answer in answers)
    assert after - before < 20
