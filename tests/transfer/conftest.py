"""Fixtures of the tests of imports and exports."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import delete

from jobsvc.db.database import Database
from jobsvc.db.tables import ErrorRow
from jobsvc.domain.builtin_errors import BUILTIN_ERRORS
from tests.transfer.lines import empty


@pytest.fixture
async def db(db: Database) -> AsyncIterator[Database]:
    """The test's database; afterwards even errors are gone that an import called builtin."""
    yield db
    await empty(db)
    async with db.engine.begin() as connection:
        await connection.execute(delete(ErrorRow).where(ErrorRow.name.not_in({error.name for error in BUILTIN_ERRORS})))
