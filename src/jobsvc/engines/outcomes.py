"""The outcome of a job whose process ended, and its description for the execution's log."""

from signal import Signals
from typing import TypeAlias, assert_never

from jobsvc.domain.builtin_errors import ALGORITHM_UNKNOWN
from jobsvc.domain.outcome import Canceled, Completed, Failed, HandedBack, TaskTimes
from jobsvc.domain.seed import SeedManifest
from jobsvc.ports.engine import StopReason

EngineOutcome: TypeAlias = Completed | Failed | Canceled | HandedBack

_SIGNALLED = 128
"""What a shell adds to the number of the signal that ended a process."""


def failure(exit_code: int, manifest: SeedManifest, times: TaskTimes) -> Failed:
    """The error that the manifest declares for an exit code other than 0; negative is that of a signal."""
    if exit_code < 0:
        reason = f"the command was killed by the signal {_signal_name(-exit_code)}"
        return Failed(ALGORITHM_UNKNOWN, times, _SIGNALLED - exit_code, reason)
    declared = next((error for error in manifest.errors if error.code == exit_code), None)
    if declared is None:
        return Failed(ALGORITHM_UNKNOWN, times, exit_code, f"the command ended with the exit code {exit_code}")
    reason = f"the command ended with the exit code {exit_code}: {declared.title}"
    return Failed(declared.name, times, exit_code, reason)


def stopped(reason: StopReason | None, times: TaskTimes) -> Canceled | HandedBack:
    """The outcome of an execution that was asked to stop."""
    return HandedBack(times) if reason is StopReason.HAND_BACK else Canceled(times)


def describe_outcome(outcome: EngineOutcome) -> str:
    """Why the execution did not complete; empty when it did."""
    match outcome:
        case Completed():
            return ""
        case Failed():
            return outcome.reason
        case Canceled():
            return "stopped, because the job was canceled"
        case HandedBack():
            return "stopped, because the worker has to stop; the job goes back to the queue"
        case _:
            assert_never(outcome)


def _signal_name(number: int) -> str:
    try:
        return Signals(number).name
    except ValueError:  # real-time signals have no names
        return str(number)
