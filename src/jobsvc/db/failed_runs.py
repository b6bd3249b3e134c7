"""Executions that failed, with what retry policies look at."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Double, Text, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.clauses import EXECUTION_CLAUSES, where
from jobsvc.db.row_mapper import RowMapper, mapper_of
from jobsvc.db.tables import ErrorRow, ExecutionRow, JobRow, JobTypeRow
from jobsvc.domain.filters import ExecutionFilter
from jobsvc.domain.jobs import JobState
from jobsvc.domain.retry_decisions import LastTry
from jobsvc.domain.retry_policies import Failure, TypeRetries, cause_of
from jobsvc.domain.retry_records import AttachedType, FailedRun
from jobsvc.domain.status import ExecutionStatus, JobStatus


def _failure(error: str | None, category: str | None, exit_code: int | None, noted: str | None) -> Failure:
    return Failure(error, category, exit_code, cause_of(error, exit_code, noted))


def _job(**facts: Any) -> JobState:
    return JobState(status=JobStatus.RUNNING, has_input=True, **facts)


def _run(*, retries: Any, should_be_retried: bool | None, num_exes: int, **parts: Any) -> FailedRun:
    was_retried = num_exes > parts["exe_num"]
    limits = TypeRetries.model_validate(retries or {})
    return FailedRun(limits=limits, should_be_retried=bool(should_be_retried), was_retried=was_retried, **parts)


_JOB: RowMapper[JobState] = RowMapper(
    _job,
    id=JobRow.id,
    num_exes=ExecutionRow.exe_num,
    max_tries=JobRow.max_tries,
    type_max_tries=JobTypeRow.max_tries,
    is_superseded=JobRow.is_superseded,
    is_endless=JobTypeRow.is_long_running,
)
_FAILURE = RowMapper(
    _failure,
    error=ErrorRow.name,
    category=ErrorRow.category,
    exit_code=ExecutionRow.exit_code,
    noted=cast(ExecutionRow.task_results[("tasks", "0", "cause")].astext, Text),
)
_LAST = RowMapper(
    LastTry,
    memory=func.coalesce(cast(ExecutionRow.resources[("resources", "mem")].astext, Double), 0.0),
    timeout=ExecutionRow.timeout,
    node_id=ExecutionRow.node_id,
)
_RUN: RowMapper[FailedRun] = RowMapper(
    _run,
    execution_id=ExecutionRow.id,
    job_id=ExecutionRow.job_id,
    exe_num=ExecutionRow.exe_num,
    job_type=mapper_of(AttachedType, JobTypeRow),
    failure=_FAILURE,
    job=_JOB,
    last=_LAST,
    retries=JobTypeRow.configuration["retries"],
    should_be_retried=ErrorRow.should_be_retried,
    num_exes=JobRow.num_exes,
)


class FailedRunRepository:
    """Reads executions that failed."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def last(self, criteria: ExecutionFilter, errors: Collection[str], limit: int) -> list[FailedRun]:
        """The last ones, the latest first; `errors` are names, all when there are none."""
        conditions = [*where(EXECUTION_CLAUSES, criteria), ExecutionRow.status == ExecutionStatus.FAILED]
        if errors:
            conditions.append(ErrorRow.name.in_(sorted(errors)))
        query = (
            select(*_RUN.columns)
            .select_from(ExecutionRow)
            .join(JobRow, JobRow.id == ExecutionRow.job_id)
            .join(JobTypeRow, JobTypeRow.id == ExecutionRow.job_type_id)
            .outerjoin(ErrorRow, ErrorRow.id == ExecutionRow.error_id)
            .where(*conditions)
            .order_by(ExecutionRow.last_modified.desc(), ExecutionRow.id.desc())
        )
        return await _RUN.all(self._connection, query.limit(limit))
