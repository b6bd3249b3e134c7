"""Locks on what has no row: by purpose and name, to the end of the transaction."""

import pytest

from jobsvc.db.advisory_locks import BULK_OPERATION, MAX_SCHEDULED, TASK, lock, try_lock
from jobsvc.db.database import Database


async def test_a_lock_is_held_to_the_end_of_the_transaction(db: Database) -> None:
    async with db.engine.connect() as other:
        async with db.engine.begin() as holder:
            await lock(holder, TASK, "log_retention")
            assert await try_lock(holder, TASK, "log_retention")
            assert not await try_lock(other, TASK, "log_retention")
        assert await try_lock(other, TASK, "log_retention")


@pytest.mark.parametrize(("purpose", "name"), [(TASK, "2"), (MAX_SCHEDULED, 1), (BULK_OPERATION, "1")])
async def test_locks_for_other_things_do_not_meet(db: Database, purpose: str, name: object) -> None:
    async with db.engine.begin() as holder, db.engine.connect() as other:
        await lock(holder, TASK, "1")
        assert await try_lock(other, purpose, name)
