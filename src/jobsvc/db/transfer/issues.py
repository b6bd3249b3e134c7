"""Finds the staged rows that cannot be imported, and says why."""

from collections.abc import Sequence

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.transfer import queries
from jobsvc.db.transfer.tables import ERROR, EXECUTION, JOB
from jobsvc.domain.transfer import MAX_ISSUES, ImportIssue


class ImportIssues:
    """Looks through the staged rows of some tables; `found` is what was found so far."""

    def __init__(self, connection: AsyncConnection, tables: Sequence[Table]) -> None:
        self._connection = connection
        self._tables = tables
        self.items: list[ImportIssue] = []

    async def look_for_taken(self) -> None:
        """Ids that come twice, belong to something else here, or to what runs here and would be changed."""
        for table in self._tables:
            await self._find(table, queries.twice(table))
            if table is not ERROR:
                await self._find(table, queries.another(table))
        for table, key in ((JOB, "job_id"), (EXECUTION, "execution_id")):
            if table in self._tables:
                await self._find(table, queries.running_here(table, key))

    async def look_for_violations(self) -> None:
        """Rows that break a rule of their table, before they are inserted."""
        for table in self._tables:
            for query in (*queries.unmet(table), *queries.clashes(table), *queries.missing(table, self._tables)):
                await self._find(table, query)

    async def look_for_missing(self) -> None:
        """Rows that point to what there is not, once all are in their tables."""
        for table in self._tables:
            # Nearly always there are none: one query then does for all references.
            if (await self._connection.execute(text(queries.count_missing(table)))).scalar_one():
                for query in queries.missing(table, self._tables):
                    await self._find(table, query)

    async def look_for_missing_inputs(self) -> None:
        """Files that the inputs of jobs name and that there are not, once jobs are linked to them."""
        await self._find(JOB, queries.MISSING_INPUT_FILE)

    async def look_for_unfit_jobs(self) -> None:
        """Jobs that wait and could not run."""
        for query in (queries.QUEUED_WITHOUT_INPUT, queries.QUEUED_WITH_ODD_PRIORITY):
            await self._find(JOB, query)

    async def look_for_unfit_executions(self) -> None:
        """Executions that would keep the next attempt of their job from getting its number."""
        if EXECUTION in self._tables:
            await self._find(EXECUTION, queries.BEYOND_ITS_JOB)

    async def look_for_outdated_jobs(self) -> None:
        """Jobs that ran on here since, and would be set back."""
        await self._find(JOB, queries.BEHIND_ITS_EXECUTIONS)

    async def _find(self, table: Table, query: str) -> None:
        """Take over what a query of lines and reasons finds."""
        rows = await self._connection.execute(text(f"{query} ORDER BY 1 LIMIT {MAX_ISSUES}"))
        self.items += [ImportIssue(line, f"{table.name}: {reason}") for line, reason in rows]
