"""The status of job types and failures of the system are what the rows say, whatever of them is counted."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from jobsvc.db.database import Database
from jobsvc.domain.records import JobTypeDetails
from tests.api import rows
from tests.factories import Factory

MONTH = datetime(2026, 3, 1, tzinfo=UTC)
RANGES = [(0.0, 0.3), (3.0, 9.0), (-20.0, 10.51), (0.013, 0.02), (27.0, 45.7)]
"""Days after the begin of the month."""


def moment(days: float) -> datetime:
    return MONTH + timedelta(days=days)


async def fold(db: Database) -> None:
    async with db.transaction() as tx:
        await tx.counts.fold(1_000_000)


@pytest.mark.parametrize(("first", "last"), RANGES)
async def test_final_jobs_of_a_range_are_counted(
    db: Database, make: Factory, echo: JobTypeDetails, first: float, last: float
) -> None:
    chance = random.Random(11)  # noqa: S311
    errors = [None, await rows.error_row(make, "bad", "SYSTEM"), await rows.error_row(make, "worse", "SYSTEM")]
    expected: Counter[tuple[str, str | None]] = Counter()
    latest: dict[tuple[str, str | None], datetime] = {}
    for _ in range(80):
        changed, error = moment(chance.uniform(-25, 50)), chance.choice(errors)
        kind = chance.choice([rows.FAILED, rows.COMPLETED])
        await rows.job_row(make, echo, **kind, error_id=error, last_status_change=changed)
        key = (str(kind["status"]), None if error is None else "SYSTEM")
        if moment(first) <= changed <= moment(last):
            expected[key] += 1
            latest[key] = max(changed, latest.get(key, changed))
    for _ in range(2):
        async with db.reading() as tx:
            counts = (await tx.statistics.by_status([echo.item.job_type.id], moment(first), moment(last))).values()
        shown = {(item.status, item.category): (item.count, item.most_recent) for group in counts for item in group}
        assert shown == {key: (number, latest[key]) for key, number in expected.items()}
        await fold(db)


async def test_failures_of_the_system_have_their_first_and_last(db: Database, make: Factory, echo: JobTypeDetails) -> None:
    error = await rows.error_row(make, "bad", "SYSTEM")
    for day in (3, 1, 2):
        await rows.job_row(make, echo, **rows.FAILED, error_id=error, last_status_change=moment(day))
    await rows.job_row(make, echo, **rows.FAILED, error_id=error, created=moment(-4), last_status_change=None)
    await rows.job_row(make, echo, **rows.COMPLETED, error_id=error, last_status_change=moment(9))
    async with db.reading() as tx:
        [failure] = await tx.statistics.system_failures()
    assert (failure.count, failure.first_error, failure.last_error) == (4, moment(-4), moment(3))
