"""What is imported is counted."""

from sqlalchemy import func, select

from jobsvc.db.clauses import JOB_CLAUSES, where
from jobsvc.db.database import Database
from jobsvc.db.tables import JobRow
from jobsvc.domain.filters import JobFilter
from tests.transfer.lines import BASIS, job, load

FILTERS = [
    JobFilter(),
    JobFilter(statuses=frozenset({"PENDING"})),
    JobFilter(is_superseded=False),
    JobFilter(job_type_names=frozenset({"echo"}), statuses=frozenset({"PENDING", "FAILED"})),
]


async def numbers(db: Database) -> tuple[list[int], list[int]]:
    """What lists show, and what there is."""
    async with db.reading() as tx:
        shown = [await tx.jobs.count(item) for item in FILTERS]
    async with db.engine.connect() as connection:
        queries = [select(func.count()).select_from(JobRow).where(*where(JOB_CLAUSES, item)) for item in FILTERS]
        return shown, [(await connection.execute(query)).scalar_one() for query in queries]


async def test_jobs_that_are_imported_are_counted(db: Database) -> None:
    await load(db, *BASIS, job(1), job(2, status="FAILED"), job(3))
    shown, there = await numbers(db)
    assert shown == there == [3, 2, 3, 3]
    await load(db, *BASIS, job(1, status="FAILED"), job(2, status="FAILED"), job(4))
    shown, there = await numbers(db)
    assert shown == there
    assert shown[0] == 4
