"""What the end of an execution does: to its own row, to its job, to the files that it produced."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from jobsvc.db.claims import Claim
from jobsvc.db.database import Transaction
from jobsvc.domain import builtin_errors, transitions
from jobsvc.domain.execution_records import ExecutionEnd
from jobsvc.domain.jobs import JobState
from jobsvc.domain.outcome import Canceled, Completed, Failed, HandedBack, Lost, Outcome, Usage
from jobsvc.domain.records import Document, ErrorRef
from jobsvc.domain.retries import retry_delay
from jobsvc.domain.status import ExecutionStatus, JobStatus
from jobsvc.domain.writes import FileDetails, FileInsert

Change = transitions.Close | transitions.Enqueue | transitions.Leave


@dataclass(frozen=True)
class Product:
    """A file that was taken into a workspace: its output, the workspace's directory, and what will be recorded of it."""

    output: str
    root: str
    file: FileInsert


@dataclass(frozen=True)
class ExecutionResult:
    """How an execution ends: the outcome, and what became of the files that it captured."""

    outcome: Outcome
    products: Sequence[Product] = ()
    input_metadata: Mapping[int, FileDetails] | None = None
    """What changes of input files, by file id."""
    log_lines: int | None = None
    """How many lines were written, stored by now or not."""


async def finish(
    tx: Transaction, claim: Claim, job: JobState, ending: ExecutionResult, now: datetime, *, first_wait: timedelta
) -> None:
    """Close an execution, whose job is locked and whose lease is held, and carry the job on.

    `first_wait`: how long a job waits that the system has failed once (see `domain.retries`).
    """
    error = await _error(tx, claim.job_type, ending.outcome)
    change = _transition(job, claim.exe_num, ending.outcome, error)
    # The products of a job are published when it is completed (docs/spec/services/v3-job-details.md).
    is_completed = isinstance(change, transitions.Close) and change.status is JobStatus.COMPLETED
    output = await _save_output(tx, claim, ending, published=now if is_completed else None)
    priority = await tx.claims.end(claim.execution_id, _end(claim.execution_id, ending, error, output, now))
    match change:
        case transitions.Enqueue():
            chance = random.random()  # noqa: S311 - no secret
            delay = retry_delay(job, ending.outcome, error.category if error else None, first_wait, chance)
            await tx.job_changes.enqueue([change], now, priority, delay=delay)
        case transitions.Close(status=JobStatus.COMPLETED):
            await tx.job_changes.complete(job.id, _without_version(output), now)
        case transitions.Close():
            await tx.job_changes.close(job.id, change.status, error.id if error else None, now)
        case transitions.Leave():
            # The job may be queued again, and could not be claimed while this execution held its lease.
            await tx.job_changes.notify_workers()
        case _:
            assert_never(change)


def _transition(job: JobState, exe_num: int, outcome: Outcome, error: ErrorRef | None) -> Change:
    match outcome:
        case Completed():
            return transitions.complete(job, exe_num)
        case Failed() | Lost():
            return transitions.fail(job, exe_num, should_be_retried=error is not None and error.should_be_retried)
        case Canceled():
            return transitions.stopped(job, exe_num)
        case HandedBack():
            return transitions.hand_back(job, exe_num)
        case _:
            assert_never(outcome)


async def _error(tx: Transaction, job_type_name: str, outcome: Outcome) -> ErrorRef | None:
    match outcome:
        case Failed(error_name=name):
            pass
        case Lost():
            name = builtin_errors.NODE_LOST
        case _:
            return None
    result = await tx.job_types.find_error(job_type_name, name)
    result = result or await tx.job_types.find_error(job_type_name, builtin_errors.UNKNOWN)
    return result.error if result else None


async def _save_output(tx: Transaction, claim: Claim, ending: ExecutionResult, *, published: datetime | None) -> Document | None:
    if not isinstance(ending.outcome, Completed):
        return None
    made = [
        product.file._replace(job_id=claim.job_id, job_exe_id=claim.execution_id, published=published)
        for product in ending.products
    ]
    ids = await tx.files.add_all(made)
    files: dict[str, list[int]] = {}
    for product, file_id in zip(ending.products, ids, strict=True):
        files.setdefault(product.output, []).append(file_id)
    # In the sequence of ids, so that executions that describe the same files do not wait for each other.
    for file_id, details in sorted((ending.input_metadata or {}).items()):
        await tx.files.change(file_id, details)
    return {"version": "7", "files": files, "json": dict(ending.outcome.output.json)}


def _without_version(output: Document | None) -> Document | None:
    return None if output is None else {name: value for name, value in output.items() if name != "version"}


def _end(
    execution_id: int, ending: ExecutionResult, error: ErrorRef | None, output: Document | None, now: datetime
) -> ExecutionEnd:
    outcome, status = ending.outcome, _execution_status(ending.outcome)
    return ExecutionEnd(
        status=status,
        ended=now,
        error_id=error.id if error else None,
        exit_code=outcome.exit_code if isinstance(outcome, Completed | Failed) else None,
        output=output,
        task_results=_task_results(execution_id, outcome, status),
        log_lines=ending.log_lines,
    )


def _execution_status(outcome: Outcome) -> ExecutionStatus:
    match outcome:
        case Completed():
            return ExecutionStatus.COMPLETED
        case Failed() | Lost():
            return ExecutionStatus.FAILED
        case Canceled() | HandedBack():
            return ExecutionStatus.CANCELED
        case _:
            assert_never(outcome)


def _task_results(execution_id: int, outcome: Outcome, status: ExecutionStatus) -> Document:
    if isinstance(outcome, Lost):
        return {"version": "1.0", "tasks": []}
    started, ended, usage = outcome.times.started, outcome.times.ended, outcome.times.usage
    task: Document = {
        "task_id": execution_id,
        "type": "main",
        "was_launched": started is not None,
        "launched": started,
        "was_started": started is not None,
        "started": started,
        "ended": ended,
        "status": status,
        "exit_code": outcome.exit_code if isinstance(outcome, Completed | Failed) else None,
    }
    if usage != Usage():
        # Beyond what the documented system shows.
        task["usage"] = {"cpu_seconds": usage.cpu_seconds, "peak_memory": usage.peak_memory}
    return {"version": "1.0", "tasks": [task]}
