"""One execution, from its claim to its recorded end."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import structlog

from jobsvc import metrics, tracing
from jobsvc.db.claims import Claim
from jobsvc.db.retry import retry_while_unavailable
from jobsvc.domain.builtin_errors import DATABASE_OPERATION, FILESYSTEM_IO, UNKNOWN
from jobsvc.domain.errors import LeaseLost
from jobsvc.domain.outcome import Completed, Detached, Failed, Lost, Outcome, TaskTimes
from jobsvc.domain.status import Stream
from jobsvc.domain.trace_context import NO_TRACE, TRACE, trace_id
from jobsvc.ports.engine import InputSource, LaunchSpec
from jobsvc.services.completion import ExecutionResult
from jobsvc.services.launching import Launch, LaunchProblem
from jobsvc.services.products import ProductService
from jobsvc.services.queueing import Claimed, QueueService
from jobsvc.worker.engine_table import EngineTable
from jobsvc.worker.log_writer import LogWriter
from jobsvc.worker.logs import WorkerLogs

log = structlog.get_logger(__name__)
MAX_REASON = 300
"""Characters of somebody else's error that a log gets."""


class ExecutionRunner:
    """Has executions run by the engine and records what became of them."""

    def __init__(
        self,
        queue: QueueService,
        products: ProductService,
        engines: EngineTable,
        logs: WorkerLogs,
        inputs: InputSource | None = None,
    ) -> None:
        self._queue = queue
        self._products = products
        self._engines = engines
        self._logs = logs
        self._inputs = inputs

    async def run(self, claimed: Claimed) -> None:
        """Run an execution to its end. Never raises for what the job does; waits when the database is away."""
        with _traced(claimed) as span:
            await self._run(claimed, span)

    async def _run(self, claimed: Claimed, span: tracing.Span) -> None:
        claim = claimed.claim
        ending, is_ours = ExecutionResult(Failed(UNKNOWN)), True
        try:
            async with self._logs.writer(claim) as writer:
                result = await self._ending(claimed, writer)
                if result is None:
                    is_ours = False
                    await retry_while_unavailable(lambda: self._queue.let_go(claim), "handover")
                    return
                ending = result
                is_ours = await self._record(claim, ending, writer)
        except Exception as exc:
            log.exception("execution.unexpected_error", execution=claim.execution_id)
            is_ours = await self._finish(claim, ExecutionResult(_instead(ending.outcome, UNKNOWN, exc)))
        finally:
            _describe(span, ending.outcome if is_ours else None)
            # What runs elsewhere belongs to whoever has its lease now.
            if is_ours or claim.place is None:
                await self._engines.of(claim).release(claim.execution_id)

    async def _record(self, claim: Claim, ending: ExecutionResult, writer: LogWriter) -> bool:
        """Record the end of an execution, or at least its exit code when the database does not take what it left."""
        # Before the end is recorded, so that nobody who sees the job ended misses a line.
        await writer.settle()
        try:
            return await self._finish(claim, replace(ending, log_lines=writer.line_count))
        except Exception as exc:
            log.exception("execution.end_rejected", execution=claim.execution_id)
            writer.resume()
            outcome = await _explained(_instead(ending.outcome, DATABASE_OPERATION, exc), writer)
            await writer.settle()
            return await self._finish(claim, ExecutionResult(outcome, log_lines=writer.line_count))

    async def _ending(self, claimed: Claimed, writer: LogWriter) -> ExecutionResult | None:
        """What became of the execution; None when its run goes on and another worker is to take it over."""
        claim = claimed.claim
        try:
            launch = await self._launch(claimed)
        except LaunchProblem as exc:
            return ExecutionResult(await _explained(Failed(exc.error_name, reason=exc.reason), writer))
        spec = replace(launch.spec, input_source=self._inputs, trace=TRACE.get() or launch.spec.trace)
        with tracing.span("engine", jobsvc__engine=self._engines.name_of(claim)):
            outcome = await self._run_engine(claim, spec, writer)
        if isinstance(outcome, Detached):
            return None
        try:
            with tracing.span("publish"):
                ending = await retry_while_unavailable(lambda: self._products.publish(claim, launch.inputs, outcome), "publish")
        except Exception as exc:
            log.exception("publish.failed", execution=claim.execution_id)
            ending = ExecutionResult(_instead(outcome, UNKNOWN, exc))
        if isinstance(ending.outcome, Failed) and ending.outcome is not outcome:
            await _explained(ending.outcome, writer)
        return ending

    async def _launch(self, claimed: Claimed) -> Launch:
        if claimed.planned is not None:
            return claimed.planned.launch(claimed.claim)
        return await retry_while_unavailable(lambda: self._queue.launch(claimed.claim), "launch")

    async def _run_engine(self, claim: Claim, spec: LaunchSpec, writer: LogWriter) -> Outcome | Detached:
        try:
            return await self._engines.of(claim).run(spec, writer)
        except Exception:
            log.exception("engine.failed", execution=spec.execution_id)
            return await _explained(Failed(UNKNOWN, reason="the engine failed; the worker's log says why"), writer)

    async def _finish(self, claim: Claim, ending: ExecutionResult) -> bool:
        """Whether the execution was this worker's to end."""
        try:
            with tracing.span("finish"):
                await retry_while_unavailable(lambda: self._queue.finish(claim, ending), "finish")
        except LeaseLost as exc:
            # After a broken connection the first try may have been committed: then its files are in use.
            if not await retry_while_unavailable(lambda: self._queue.was_completed(claim.execution_id), "finish"):
                log.warning("execution.lost", execution=claim.execution_id, problem=exc.detail)
                await self._products.delete_unrecorded(ending.products)
                return False
        except Exception:
            await self._products.delete_unrecorded(ending.products)
            raise
        else:
            outcome = type(ending.outcome).__name__
            metrics.EXECUTIONS.labels(self._engines.name_of(claim), outcome.lower()).inc()
            log.info("execution.ended", execution=claim.execution_id, job=claim.job_id, outcome=outcome)
        return True


@contextmanager
def _traced(claimed: Claimed) -> Iterator[tracing.Span]:
    """The span of an execution, in the trace of the request that made its job; all that it leads to belongs to it."""
    claim = claimed.claim
    made_by = claimed.planned.trace if claimed.planned else NO_TRACE
    facts: dict[str, str | int] = {
        "jobsvc__job_id": claim.job_id,
        "jobsvc__execution_id": claim.execution_id,
        "jobsvc__exe_num": claim.exe_num,
        "jobsvc__job_type": claim.job_type,
        "jobsvc__job_type_version": claim.job_type_version,
    }
    with tracing.span_of(made_by, f"execution {claim.job_type}", tracing.Kind.CONSUMER, **facts) as span:
        trace = span.context or made_by
        TRACE.set(trace)
        if trace:
            structlog.contextvars.bind_contextvars(trace_id=trace_id(trace))
        yield span


def _describe(span: tracing.Span, outcome: Outcome | None) -> None:
    """Say in the span what became of the execution; None: another worker goes on with it, or has ended it."""
    if outcome is None:
        span.note(jobsvc__outcome="left")
        return
    span.note(jobsvc__outcome=type(outcome).__name__.lower())
    if isinstance(outcome, Failed):
        span.fail(outcome.error_name)


def _instead(outcome: Outcome, error_name: str, problem: Exception) -> Failed:
    """The outcome of an execution whose own one cannot be recorded: with its exit code, and the reason."""
    times = TaskTimes() if isinstance(outcome, Lost) else outcome.times
    exit_code = outcome.exit_code if isinstance(outcome, Completed | Failed) else None
    if isinstance(outcome, Failed) and outcome.reason:
        return Failed(outcome.error_name, times, exit_code, outcome.reason, outcome.cause)
    # Errors of the database have the statement in their further lines.
    reason = str(problem).partition("\n")[0][:MAX_REASON] or type(problem).__name__
    name = FILESYSTEM_IO if isinstance(problem, OSError) else error_name
    return Failed(name, times, exit_code, f"the end of the execution cannot be recorded: {reason}")


async def _explained(outcome: Failed, writer: LogWriter) -> Failed:
    """Say in the execution's log why it failed, as the engine does for what it knows of."""
    await writer.write(Stream.STDERR, [f"jobsvc: {outcome.reason}".encode(errors="backslashreplace")])
    return outcome
