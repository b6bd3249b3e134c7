"""What the runtime says of a container, as an observation."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jobsvc.domain.iso8601 import read_timestamp
from jobsvc.domain.outcome import Cause
from jobsvc.ports.remote_engine import Observation, Phase

WAITING = frozenset({"created", "initialized", "configured", "removing"})
RUNNING = frozenset({"running", "paused", "restarting", "stopping"})
KILL_EXIT = 128 + 9


def observation(inspected: Mapping[str, Any]) -> Observation:
    """The observation of a container that was inspected."""
    state = inspected["State"]
    status = str(state.get("Status", "")).lower()
    started, ended = _instant(state.get("StartedAt")), _instant(state.get("FinishedAt"))
    if status in RUNNING:
        return Observation(Phase.RUNNING, started=started)
    if status in WAITING:
        problem = str(state.get("Error") or "")
        if problem:
            return Observation(Phase.ENDED, Cause.START_ERROR, reason=problem)
        return Observation(Phase.QUEUED)
    if started and ended and started >= ended:
        # Podman notes the start late, perhaps after the end of a short run.
        started = _instant(inspected.get("Created"))
    exit_code = int(state.get("ExitCode", 0))
    cause, reason = _cause(inspected, exit_code)
    return Observation(Phase.ENDED, cause, exit_code, reason, started=started, ended=ended)


def _cause(inspected: Mapping[str, Any], exit_code: int) -> tuple[Cause, str]:
    state = inspected["State"]
    limit = int(inspected.get("HostConfig", {}).get("Memory") or 0) / 2**20
    if state.get("OOMKilled"):
        return Cause.OOM, f"killed, because it used more than its memory of {limit:.0f} MiB"
    if state.get("Error"):
        return Cause.START_ERROR, str(state["Error"])
    if exit_code == KILL_EXIT:
        return Cause.KILLED, "the container was killed" + (
            f", perhaps because its memory of {limit:.0f} MiB was used up" if limit else ""
        )
    return Cause.EXIT, ""


def _instant(text: str | None) -> datetime | None:
    """An instant of the runtime; None for the year 1, which stands for never."""
    return None if not text or text.startswith("0001-") else read_timestamp(text)
