"""Jobs that start after others: what they wait for, and what has changed of it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.domain.dependencies import Parent
from jobsvc.domain.ids import storable_id
from jobsvc.domain.status import JobStatus

# Whoever ends one of them meanwhile is waited for, or waits: the end is seen here, or sees what is stored here.
LOCK_PARENTS = text("""
    SELECT job.id, job.status, job_type.name FROM job JOIN job_type ON job_type.id = job.job_type_id
    WHERE job.id = ANY(CAST(:ids AS bigint[])) ORDER BY job.id FOR SHARE OF job
""")
PARENTS = text("""
    SELECT d.job_id, d.parent_id, p.status, d.is_met FROM job_dependency d LEFT JOIN job p ON p.id = d.parent_id
    WHERE d.job_id = ANY(CAST(:ids AS bigint[])) ORDER BY d.job_id, d.parent_id
""")
NEXT_CHANGE = text("""
    SELECT id, parent_id, job_id, after_job_id FROM dependency_change ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
""")
CHILDREN = text("""
    SELECT job_id FROM job_dependency WHERE parent_id = :parent_id AND job_id > :after AND NOT is_met
    ORDER BY job_id LIMIT :limit
""")
ADVANCE = text("UPDATE dependency_change SET after_job_id = :after WHERE id = :id")
CLOSE = text("DELETE FROM dependency_change WHERE id = :id")
NOTE_MET = text("""
    UPDATE job_dependency d SET is_met = true FROM job p
    WHERE d.job_id = ANY(CAST(:ids AS bigint[])) AND p.id = d.parent_id AND p.status = 'COMPLETED' AND NOT d.is_met
""")
PUT_OFF = text("""
    UPDATE queue SET not_before = d.not_before
    FROM (SELECT job_id, max(not_before) AS not_before FROM job_dependency
          WHERE job_id = ANY(CAST(:ids AS bigint[])) AND not_before > now() GROUP BY 1) d
    WHERE queue.job_id = d.job_id
""")


class KnownParent(NamedTuple):
    """A job that may be waited for, and the name of its type."""

    parent: Parent
    job_type_name: str


class DependencyChange(NamedTuple):
    """A parent whose children have to be looked at behind one of them, or one job that has to be."""

    id: int
    parent_id: int | None
    job_id: int | None
    after_job_id: int


class DependencyRepository:
    """Reads and writes what jobs wait for."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock_parents(self, ids: Collection[int]) -> list[KnownParent]:
        """Those jobs that there are; none of them changes until the end of the transaction."""
        rows = await self._connection.execute(LOCK_PARENTS, {"ids": [storable_id(job_id) for job_id in ids]})
        return [
            KnownParent(Parent(job_id, JobStatus(status), status == JobStatus.COMPLETED), name) for job_id, status, name in rows
        ]

    async def parents(self, ids: Collection[int]) -> dict[int, list[Parent]]:
        """What jobs wait for, or have waited for, by their ids; those that never did are not in it."""
        result: defaultdict[int, list[Parent]] = defaultdict(list)
        for job_id, parent_id, status, is_met in await self._connection.execute(PARENTS, {"ids": list(ids)}):
            result[job_id].append(Parent(parent_id, status and JobStatus(status), is_met))
        return result

    async def next_change(self) -> DependencyChange | None:
        """The first change that nobody is at, locked; None when there is none."""
        row = (await self._connection.execute(NEXT_CHANGE)).first()
        return None if row is None else DependencyChange(*row)

    async def children(self, change: DependencyChange, limit: int) -> list[int]:
        """The next jobs that a change may mean something to, by id."""
        if change.job_id is not None:
            return [change.job_id]
        parameters = {"parent_id": change.parent_id, "after": change.after_job_id, "limit": limit}
        return list((await self._connection.execute(CHILDREN, parameters)).scalars())

    async def advance(self, change: DependencyChange, children: Sequence[int], limit: int) -> None:
        """Note that these were looked at; the change is gone when they were the last ones."""
        if len(children) < limit:
            await self._connection.execute(CLOSE, {"id": change.id})
        else:
            await self._connection.execute(ADVANCE, {"id": change.id, "after": children[-1]})

    async def note_met(self, ids: Collection[int]) -> None:
        """Remember which parents of these jobs have COMPLETED, also when they are purged one day."""
        await self._connection.execute(NOTE_MET, {"ids": list(ids)})

    async def put_off(self, ids: Collection[int]) -> None:
        """Let jobs that were queued wait until the time that was asked for."""
        await self._connection.execute(PUT_OFF, {"ids": list(ids)})
