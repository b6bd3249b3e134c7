"""What Slurm says of jobs, as observations."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from jobsvc.domain.outcome import Cause, Usage
from jobsvc.engines.slurm.files import Ended, Started
from jobsvc.engines.slurm.scheduler import Queued, task_name
from jobsvc.ports.remote_engine import Observation, Phase

FORMAT = "%i|%T|%r|%N|%e|%j|%k"
FIELDS = FORMAT.count("|")
NAMES = "jobsvc-"
"""With this the names of all runs begin."""
QUEUED = frozenset({"PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT", "RESV_DEL_HOLD"})
COMPLETING = "COMPLETING"
RUNNING = frozenset({"RUNNING", COMPLETING, "SUSPENDED", "STAGE_OUT", "SIGNALING", "STOPPED", "RESIZING"})
LIVING = (QUEUED | RUNNING) - {COMPLETING}
"""They wait or run, and are not being ended."""
REQUEUED_LATE = "REQUEUED_LATE"
"""No state of Slurm: the job waits again after it had begun, and its wrapper does not run it a second time."""
CAUSES = {
    "COMPLETED": Cause.EXIT,
    "FAILED": Cause.EXIT,
    "TIMEOUT": Cause.TIMEOUT,
    "DEADLINE": Cause.TIMEOUT,
    "OUT_OF_MEMORY": Cause.OOM,
    "NODE_FAIL": Cause.NODE_LOST,
    "BOOT_FAIL": Cause.NODE_LOST,
    "PREEMPTED": Cause.EVICTED,
    "REVOKED": Cause.EVICTED,
    REQUEUED_LATE: Cause.EVICTED,
    "CANCELLED": Cause.CANCELED,
    "LAUNCH_FAILED": Cause.START_ERROR,
    "RECONFIG_FAIL": Cause.START_ERROR,
}
REASONS = {
    Cause.TIMEOUT: "Slurm ended the job at its time limit",
    Cause.OOM: "killed, because it used more than its memory",
    Cause.NODE_LOST: "the node of the job failed",
    Cause.EVICTED: "the job was preempted, or put back into the queue of Slurm",
    Cause.CANCELED: "the job was canceled in Slurm",
    Cause.START_ERROR: "Slurm could not start the job",
}
UNSEEN = "Slurm ended the job, and nothing came of it: do its nodes see the data directory at the same path as the worker?"
SIGNALS = 128
NO_REASON = frozenset({"", "None", "(null)"})


def parse_queue(text: str) -> Iterable[Queued]:
    """The jobs of a listing in `FORMAT`."""
    for line in text.splitlines():
        *fields, names = line.split("|", FIELDS - 1)
        if len(fields) == FIELDS - 1 and "|" in names:
            # Either may have a `|` in it, once somebody has changed it.
            job = Queued(own_name(names.partition("|")[0], names.rpartition("|")[2]), *fields)
            _, is_task, number = job.id.partition("_")
            yield replace(job, name=task_name(job.name, number)) if is_task else job


def own_name(name: str, comment: str) -> str:
    """What a job was called when it was submitted; its comment says so, too, whoever has renamed it."""
    return comment if comment.startswith(NAMES) else name


def liveliness(job: Queued) -> int:
    """More for what runs than for what waits, and for that more than for what has ended."""
    return 2 if job.state in RUNNING else int(job.state in QUEUED)


def observation(job: Queued, started: Started | None, ended: Ended | None) -> Observation:
    """What became of a job: what its wrapper noted comes before what Slurm says."""
    begun = started.time if started else None
    node = job.node or (started.node if started else None)
    reason = "" if job.reason in NO_REASON else job.reason
    if job.state in QUEUED:
        return Observation(Phase.QUEUED, reason=reason)
    cause = CAUSES.get(job.state, Cause.KILLED)
    if ended is not None and (ended.exit_code == 0 or cause is Cause.EXIT or job.state in RUNNING):
        if ended.exit_code > SIGNALS and job.state in RUNNING:
            # Killed, and Slurm has not said yet by whom.
            return Observation(Phase.RUNNING, node=node, started=begun)
        usage = Usage(cpu_seconds=ended.cpu_seconds)
        return Observation(Phase.ENDED, Cause.EXIT, ended.exit_code, "", node, begun, ended.time, usage)
    if job.state in RUNNING:
        return Observation(Phase.RUNNING, node=node, started=begun)
    if cause is Cause.EXIT:
        # It ended and its wrapper had no time, or no disk, to say how.
        cause = Cause.KILLED
    exit_code, end = (ended.exit_code, ended.time) if ended else (None, _instant(job.end))
    sentence = REASONS.get(cause, f"Slurm says {job.state}" if started else UNSEEN)
    return Observation(Phase.ENDED, cause, exit_code, sentence, node, begun, end)


def _instant(seconds: str) -> datetime | None:
    return datetime.fromtimestamp(int(seconds), UTC) if seconds.isdecimal() else None
