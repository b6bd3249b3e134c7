"""A release on the schema of a later one, and a role that may not change a schema."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from jobsvc.db.database import Database
from jobsvc.db.migrate import is_newer, migrate
from jobsvc.db.schema_revisions import newest
from jobsvc.domain.errors import DatabaseUnavailable

ROLE = "jobsvc_test_reader"


@pytest.fixture
async def later(db: Database) -> AsyncIterator[Database]:
    """A database that a later release has migrated."""
    await _execute(db, "UPDATE alembic_version SET version_num = '9999'")
    yield db
    await _execute(db, f"UPDATE alembic_version SET version_num = '{newest()}'", "COMMENT ON TABLE alembic_version IS NULL")  # noqa: S608


async def test_the_schema_of_a_later_release_is_worked_on(later: Database) -> None:
    await migrate(later.engine)
    async with later.engine.connect() as connection:
        assert await connection.run_sync(is_newer)
        assert await connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"


async def test_a_later_release_says_which_ones_may_go_on(later: Database) -> None:
    await _execute(later, f"COMMENT ON TABLE alembic_version IS 'from {newest()} on'")
    await migrate(later.engine)
    await _execute(later, "COMMENT ON TABLE alembic_version IS 'from 9998 on'")
    with pytest.raises(DatabaseUnavailable, match=r"schema 9999, on which no release works that knows less than schema 9998"):
        await migrate(later.engine)


async def test_a_role_that_may_not_change_the_schema_is_told_in_a_sentence(db: Database, database_url: str) -> None:
    name = "jobsvc_test_forbidden"
    await _execute(db, f"CREATE ROLE {ROLE} LOGIN PASSWORD '{ROLE}'", f"CREATE SCHEMA {name}")
    await _execute(db, f"GRANT USAGE ON SCHEMA {name} TO {ROLE}")
    url = make_url(database_url).set(username=ROLE, password=ROLE).render_as_string(hide_password=False)
    separator = "&" if "?" in url else "?"
    database = Database.connect(f"{url}{separator}options=-c%20search_path%3D{name}")
    try:
        with pytest.raises(DatabaseUnavailable, match=r"may not change the schema \(permission denied") as raised:
            await migrate(database.engine)
        assert "\n" not in raised.value.detail
    finally:
        await database.close()
        await _execute(db, f"DROP SCHEMA {name}", f"DROP ROLE {ROLE}")


async def _execute(database: Database, *statements: str) -> None:
    async with database.engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))
