"""Executions of all jobs, as the older generation reads them (docs/spec/behaviour/v3-executions.md)."""

from collections.abc import Sequence

from jobsvc.db.database import Database
from jobsvc.domain.errors import NotFound
from jobsvc.domain.filters import ExecutionFilter
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.seed import read_manifest
from jobsvc.domain.sorting import ExecutionOrderField, SortKey
from jobsvc.domain.v3.data import results_document, results_manifest
from jobsvc.domain.v3.records import V3ExecutionDetails, V3ExecutionItem
from jobsvc.domain.v3.resources import scheduled


class V3ExecutionService:
    """Use cases around executions, those included that wait in the queue."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def list(
        self, wanted: ExecutionFilter, order: Sequence[SortKey[ExecutionOrderField]], request: PageRequest
    ) -> Page[V3ExecutionItem]:
        """A page of the executions that match."""
        async with self._db.reading() as tx:
            page = await tx.v3_executions.page(wanted, order, request)
            jobs = await tx.v3_jobs.shorts({execution.job_id for execution, _, _ in page.items})
            items = [V3ExecutionItem(each, jobs[each.job_id], node, error) for each, node, error in page.items]
            return page.of(items)

    async def of_job(self, job_id: int, wanted: ExecutionFilter, request: PageRequest) -> Page[V3ExecutionItem]:
        """A page of the executions of a job that match, the latest first; none for an unknown job."""
        latest_first = [SortKey(ExecutionOrderField.EXE_NUM, descending=True)]
        return await self.list(wanted.model_copy(update={"job_ids": frozenset({job_id})}), latest_first, request)

    async def of_number(self, job_id: int, exe_num: int) -> V3ExecutionDetails:
        """The execution with a number within a job, unless it still waits; raises NotFound."""
        async with self._db.reading() as tx:
            numbered = await tx.executions.get(job_id, exe_num)
        if numbered is None:
            raise NotFound("Execution", f"{exe_num} of job {job_id}")
        return await self.get(numbered.item.execution.id)

    async def item(self, execution_id: int) -> V3ExecutionItem:
        """An execution as the list shows it; raises NotFound."""
        async with self._db.reading() as tx:
            found = await tx.v3_executions.listed(execution_id)
            if found is None:
                raise NotFound("Execution", execution_id)
            execution, node, error = found
            jobs = await tx.v3_jobs.shorts([execution.job_id])
            return V3ExecutionItem(execution, jobs[execution.job_id], node, error)

    async def get(self, execution_id: int) -> V3ExecutionDetails:
        """An execution with all that belongs to it; raises NotFound."""
        async with self._db.reading() as tx:
            found = await tx.v3_executions.get(execution_id)
            if found is None:
                raise NotFound("Execution", execution_id)
            [job] = await tx.v3_jobs.items([found.execution.job_id])
        return V3ExecutionDetails(
            execution=found.execution,
            job=job,
            node=found.node,
            error=found.error,
            environment=found.configuration,
            scheduled=scheduled(found.resources, found.input_file_size),
            results=results_document(found.output, read_manifest(found.manifest)),
            results_manifest=results_manifest(found.output),
        )
