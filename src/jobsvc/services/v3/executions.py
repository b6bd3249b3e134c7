"""Executions of all jobs, as the older generation reads them (docs/spec/behaviour/v3-executions.md)."""

from collections.abc import Mapping, Sequence

from jobsvc.db.database import Database
from jobsvc.domain.filters import ExecutionFilter
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.seed import read_manifest
from jobsvc.domain.sorting import ExecutionOrderField, SortKey
from jobsvc.domain.v3.data import results_document, results_manifest
from jobsvc.domain.v3.records import V3ExecutionDetails, V3ExecutionItem, V3JobShort, V3StoredExecutionItem
from jobsvc.domain.v3.resources import scheduled


class V3ExecutionService:
    """Use cases around executions, those included that wait in the queue."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def list(
        self, criteria: ExecutionFilter, order: Sequence[SortKey[ExecutionOrderField]], request: PageRequest
    ) -> Page[V3ExecutionItem]:
        """A page of the executions that match."""
        async with self._db.reading() as tx:
            page = await tx.v3_executions.page(criteria, order, request)
            jobs = await tx.v3_jobs.shorts({item.execution.job_id for item in page.items})
            return page.of([_with_job(item, jobs) for item in page.items])

    async def of_job(self, job_id: int, criteria: ExecutionFilter, request: PageRequest) -> Page[V3ExecutionItem]:
        """A page of the executions of a job that match, the latest first; none for an unknown job."""
        latest_first = [SortKey(ExecutionOrderField.EXE_NUM, descending=True)]
        return await self.list(criteria.model_copy(update={"job_ids": frozenset({job_id})}), latest_first, request)

    async def of_number(self, job_id: int, exe_num: int) -> V3ExecutionDetails:
        """The execution with a number within a job, unless it still waits.

        Raises:
            NotFound: There is none.
        """
        async with self._db.reading() as tx:
            numbered = await tx.executions.get(job_id, exe_num)
        return await self.get(numbered.item.execution.id)

    async def item(self, execution_id: int) -> V3ExecutionItem:
        """An execution as the list shows it.

        Raises:
            NotFound: There is none.
        """
        async with self._db.reading() as tx:
            record = await tx.v3_executions.listed(execution_id)
            return _with_job(record, await tx.v3_jobs.shorts([record.execution.job_id]))

    async def get(self, execution_id: int) -> V3ExecutionDetails:
        """An execution with all that belongs to it.

        Raises:
            NotFound: There is none.
        """
        async with self._db.reading() as tx:
            record = await tx.v3_executions.get(execution_id)
            [job] = await tx.v3_jobs.items([record.execution.job_id])
        return V3ExecutionDetails(
            execution=record.execution,
            job=job,
            node=record.node,
            error=record.error,
            environment=record.configuration,
            scheduled=scheduled(record.resources, record.input_file_size),
            results=results_document(record.output, read_manifest(record.manifest)),
            results_manifest=results_manifest(record.output),
        )


def _with_job(item: V3StoredExecutionItem, jobs: Mapping[int, V3JobShort]) -> V3ExecutionItem:
    return V3ExecutionItem(item.execution, jobs[item.execution.job_id], item.node, item.error)
