"""What the end of an execution does: to its own row, to its job, to the files that it produced."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import itemgetter
from typing import assert_never

from jobsvc.db.claims import Claim
from jobsvc.db.database import Transaction
from jobsvc.db.retry_policies import PolicyFacts
from jobsvc.domain import builtin_errors, transitions
from jobsvc.domain.execution_records import ExecutionEnd
from jobsvc.domain.jobs import JobState
from jobsvc.domain.outcome import Canceled, Cause, Completed, Failed, HandedBack, Lost, Outcome, Usage
from jobsvc.domain.records import Document, ErrorRef
from jobsvc.domain.retries import retry_delay
from jobsvc.domain.status import ExecutionStatus, JobStatus
from jobsvc.domain.writes import FileDetails, FileInsert, JobEnd
from jobsvc.services.retrying import Verdict, is_limited, is_retried_error, judge, needs_of, noted, policies_of

Change = transitions.Close | transitions.Enqueue | transitions.Leave


@dataclass(frozen=True)
class Product:
    """A file that was taken into a workspace: its output, the workspace's configuration, and what will be recorded of it."""

    output: str
    configuration: Document
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


@dataclass(frozen=True)
class Ending:
    """An execution that ends: its job is locked, and its lease is held."""

    claim: Claim
    job: JobState
    result: ExecutionResult


@dataclass(frozen=True)
class _Step:
    """What an ending means to the job."""

    ending: Ending
    error: ErrorRef | None
    change: Change
    verdict: Verdict | None = None
    """What a retry policy has decided; None where none decides."""

    @property
    def final(self) -> JobStatus | None:
        """The status that the job keeps; None when it is not closed."""
        return self.change.status if isinstance(self.change, transitions.Close) else None


async def finish(tx: Transaction, endings: Sequence[Ending], now: datetime, *, first_wait: timedelta) -> None:
    """Close executions, and carry their jobs on.

    `first_wait`: how long a job waits that the system has failed once (see `domain.retries`).
    """
    errors = _ErrorFinder(tx)
    policies = await policies_of(tx, [(item.claim.execution_id, item.result.outcome) for item in endings])
    steps = [await _step(errors, ending, policies.get(ending.claim.execution_id)) for ending in endings]
    outputs = await _save_outputs(tx, steps, now)
    ends = {step.ending.claim.execution_id: _end(step, output) for step, output in zip(steps, outputs, strict=True)}
    priorities = await tx.claims.end(ends, now)
    closed = [_job_end(step, step.final, output) for step, output in zip(steps, outputs, strict=True) if step.final]
    await tx.job_changes.close(closed, now)
    for step in steps:
        if isinstance(step.change, transitions.Enqueue):
            priority = priorities[step.ending.claim.execution_id]
            delay, is_held = _delay(step, first_wait), is_limited(step.verdict)
            await tx.job_changes.enqueue([step.change], now, priority, delay=delay, is_held=is_held)
    if any(isinstance(step.change, transitions.Leave) for step in steps):
        # The jobs may be queued again, and could not be claimed while these executions held their leases.
        await tx.job_changes.notify_workers()


async def _step(errors: "_ErrorFinder", ending: Ending, policy: PolicyFacts | None) -> _Step:
    outcome, job = ending.result.outcome, ending.job
    error = await errors.of(ending.claim.job_type, outcome)
    verdict = judge(policy, outcome, job, error)
    change = _transition(job, ending.claim.exe_num, outcome, error, verdict)
    if isinstance(change, transitions.Enqueue) and policy is not None:
        change = replace(change, needs=needs_of(policy, verdict))
    return _Step(ending, error, change, verdict)


def _job_end(step: _Step, status: JobStatus, output: Document | None) -> JobEnd:
    return JobEnd(step.ending.job.id, status, step.error.id if step.error else None, _without_version(output))


def _delay(step: _Step, first_wait: timedelta) -> timedelta | None:
    if step.verdict is not None and step.verdict.decision.delay is not None:
        return step.verdict.decision.delay
    chance = random.random()  # noqa: S311 - no secret
    category = step.error.category if step.error else None
    return retry_delay(step.ending.job, step.ending.result.outcome, category, first_wait, chance)


def _transition(job: JobState, exe_num: int, outcome: Outcome, error: ErrorRef | None, verdict: Verdict | None) -> Change:
    match outcome:
        case Completed():
            return transitions.complete(job, exe_num)
        case Failed() | Lost():
            decided = verdict.decision.is_retried if verdict else None
            return transitions.fail(job, exe_num, should_be_retried=is_retried_error(error), is_retried=decided)
        case Canceled():
            return transitions.stopped(job, exe_num)
        case HandedBack():
            return transitions.hand_back(job, exe_num)
        case _:
            assert_never(outcome)


class _ErrorFinder:
    """The errors that executions failed with; each is read once."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._known: dict[tuple[str, str], ErrorRef | None] = {}

    async def of(self, job_type_name: str, outcome: Outcome) -> ErrorRef | None:
        match outcome:
            case Failed(error_name=name):
                pass
            case Lost():
                name = builtin_errors.NODE_LOST
            case _:
                return None
        if (job_type_name, name) not in self._known:
            result = await self._tx.job_types.find_error(job_type_name, name)
            result = result or await self._tx.job_types.find_error(job_type_name, builtin_errors.UNKNOWN)
            self._known[job_type_name, name] = result.error if result else None
        return self._known[job_type_name, name]


async def _save_outputs(tx: Transaction, steps: Sequence[_Step], now: datetime) -> list[Document | None]:
    """The outputs of executions, after their files were recorded; None for those that have none."""
    made = [file for step in steps for file in _made(step, now)]
    ids = iter(await tx.files.add_all(made))
    # In the sequence of ids, so that executions that describe the same files do not wait for each other.
    changes = [change for step in steps for change in (step.ending.result.input_metadata or {}).items()]
    for file_id, details in sorted(changes, key=itemgetter(0)):
        await tx.files.change(file_id, details)
    return [_output(step, ids) for step in steps]


def _made(step: _Step, now: datetime) -> list[FileInsert]:
    """The files of an execution; those of a job are published when it is completed (docs/spec/services/v3-job-details.md)."""
    claim, published = step.ending.claim, now if step.final is JobStatus.COMPLETED else None
    return [
        product.file._replace(job_id=claim.job_id, job_exe_id=claim.execution_id, published=published)
        for product in _products(step)
    ]


def _products(step: _Step) -> Sequence[Product]:
    return step.ending.result.products if isinstance(step.ending.result.outcome, Completed) else ()


def _output(step: _Step, ids: Iterator[int]) -> Document | None:
    outcome = step.ending.result.outcome
    if not isinstance(outcome, Completed):
        return None
    files: dict[str, list[int]] = {}
    for product in _products(step):
        files.setdefault(product.output, []).append(next(ids))
    return {"version": "7", "files": files, "json": dict(outcome.output.json)}


def _without_version(output: Document | None) -> Document | None:
    return None if output is None else {name: value for name, value in output.items() if name != "version"}


def _end(step: _Step, output: Document | None) -> ExecutionEnd:
    outcome = step.ending.result.outcome
    status = _execution_status(outcome)
    return ExecutionEnd(
        status=status,
        error_id=step.error.id if step.error else None,
        exit_code=outcome.exit_code if isinstance(outcome, Completed | Failed) else None,
        output=output,
        task_results=_task_results(step.ending.claim.execution_id, outcome, status) | noted(step.verdict),
        log_lines=step.ending.result.log_lines,
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
    if isinstance(outcome, Failed) and outcome.cause not in {None, Cause.EXIT}:
        # Beyond what the documented system shows, as what follows.
        task["cause"] = outcome.cause
    if outcome.times.node:
        task["node"] = outcome.times.node
    if usage != Usage():
        task["usage"] = {"cpu_seconds": usage.cpu_seconds, "peak_memory": usage.peak_memory}
    return {"version": "1.0", "tasks": [task]}
