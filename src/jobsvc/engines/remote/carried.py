"""Takes the outputs of a run that shares no files with this host, within the time that there is for it."""

import asyncio
from collections.abc import Sequence

from jobsvc.domain.builtin_errors import POST_TIMEOUT
from jobsvc.domain.limits import MAX_COLLECTING_SECONDS
from jobsvc.domain.outcome import Completed, Detached, Failed, TaskTimes
from jobsvc.domain.outputs import OutputProblem
from jobsvc.engines.events import first_of
from jobsvc.engines.outcomes import EngineOutcome, stopped
from jobsvc.engines.running import StopRequest
from jobsvc.ports.engine import LaunchSpec, StopReason
from jobsvc.ports.remote_engine import CarryingEngine

NOTHING: tuple[str, ...] = ()


async def collect_carried(
    engine: CarryingEngine, spec: LaunchSpec, times: TaskTimes, stop: StopRequest, grace: float
) -> tuple[EngineOutcome | Detached, Sequence[str]]:
    """The outcome of a run that ended with 0, and sentences for its log.

    A worker that has to stop leaves the rest to the next one; a cancel leaves the time between TERM and KILL.
    """
    provided = [name for name, files in spec.file_inputs.items() if files]
    taking = asyncio.create_task(engine.outputs(spec.handle, spec.manifest, provided))
    asked = asyncio.create_task(first_of(stop.asked))
    try:
        await asyncio.wait({taking, asked}, timeout=MAX_COLLECTING_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not taking.done() and stop.asked.is_set():
            if stop.reason is not StopReason.CANCEL:
                return Detached(), NOTHING
            await asyncio.wait({taking}, timeout=grace)
        if taking.done():
            output, warnings = await taking
            return Completed(output, times), warnings
    except OutputProblem as exc:
        return Failed(exc.error_name, times, 0, exc.detail), NOTHING
    finally:
        taking.cancel()
        asked.cancel()
        await asyncio.gather(taking, asked, return_exceptions=True)
    if stop.asked.is_set():
        return stopped(stop.reason, times), NOTHING
    return Failed(POST_TIMEOUT, times, 0, f"shipping the outputs took longer than {MAX_COLLECTING_SECONDS:.0f} s"), NOTHING
