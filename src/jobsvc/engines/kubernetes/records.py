"""What is kept of jobs and pods of the cluster, instead of all that it says of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from jobsvc.domain.iso8601 import read_timestamp

CONTAINER = "job"
FETCH, SHIP = "fetch", "ship"
"""The containers that carry files, where pods share none with workers."""
FETCH_LINK, SHIP_LINK = "jobsvc.fetch", "jobsvc.ship"
"""The annotations of a pod that they are told by what to do."""
JOB_NAME = "batch.kubernetes.io/job-name"
CHOSEN = "jobsvc.pod"
"""The annotation of a job with the name of its only pod that may begin; empty until there is one."""
GATE = "jobsvc.chosen"
"""What pods wait for to be scheduled."""
Object = Mapping[str, Any]


@dataclass(frozen=True)
class Condition:
    """Something that is, or is not, the case, why, and since when."""

    is_true: bool
    reason: str
    message: str
    since: datetime | None

    @classmethod
    def all_of(cls, item: Object) -> dict[str, "Condition"]:
        """Those of an object, by type."""
        return {
            entry["type"]: cls(
                entry.get("status") == "True",
                entry.get("reason") or "",
                entry.get("message") or "",
                _instant(entry.get("lastTransitionTime")),
            )
            for entry in item.get("status", {}).get("conditions") or ()
        }


@dataclass(frozen=True)
class Exit:
    """How a container ended."""

    code: int
    reason: str
    message: str
    started: datetime | None
    ended: datetime | None


@dataclass(frozen=True)
class Porter:
    """A container that carries files, which most pods do not have."""

    is_running: bool = False
    exit: Exit | None = None
    waiting: tuple[str, str] = ("", "")

    @classmethod
    def of(cls, statuses: Sequence[Object] | None, name: str) -> "Porter":
        """The one of this name."""
        state: Object = next((entry["state"] for entry in statuses or () if entry["name"] == name), {})
        waiting = state.get("waiting") or {}
        words = (waiting.get("reason", ""), waiting.get("message", ""))
        return cls(bool(state.get("running")), _exit(state.get("terminated")), words)


@dataclass(frozen=True)
class JobRecord:
    """A job, by the name of its run."""

    handle: str
    installation: str
    is_suspended: bool
    finish: Condition | None
    """Of a job that has ended: why."""
    pod: str | None = None
    """The name of the pod that may begin; empty when none has been chosen; None: all may."""

    @classmethod
    def read(cls, item: Object) -> "JobRecord":
        """Of what the API says."""
        conditions = Condition.all_of(item)
        finish = next(
            (conditions[name] for name in ("Failed", "Complete") if name in conditions and conditions[name].is_true), None
        )
        metadata = item["metadata"]
        installation = (metadata.get("labels") or {}).get("jobsvc.installation", "")
        chosen = (metadata.get("annotations") or {}).get(CHOSEN)
        return cls(metadata["name"], installation, bool(item["spec"].get("suspend")), finish, chosen)

    @property
    def name(self) -> str:
        """That of the job."""
        return self.handle

    @property
    def is_there(self) -> bool:
        """Nothing is kept of those that are not."""
        return True

    @property
    def rank(self) -> int:
        """There is one of each name."""
        return 0

    def after(self, before: "JobRecord | None") -> "JobRecord":  # noqa: ARG002 - a job says it all
        """What is known with what was seen before."""
        return self

    def gone(self) -> None:
        """Nothing is kept of a job that is not there any more."""


@dataclass(frozen=True)
class PodRecord:
    """A pod of a run, and its container."""

    handle: str
    name: str
    phase: str
    reason: str
    message: str
    node: str | None
    conditions: Mapping[str, Condition]
    waiting: tuple[str, str]
    """Why the container does not run yet: a word, and a sentence."""
    started: datetime | None
    exit: Exit | None
    memory: str
    deleted: datetime | None
    """When somebody asked for the end of the pod."""
    has_ended_first: bool = False
    """Before that: what a pod that was deleted while it ran made of it, says nothing of its work, even if it ended with 0."""
    is_gone: bool = False
    created: datetime | None = None
    is_held: bool = False
    """It has its gate still."""
    restarts: int = 0
    fetch: Porter = Porter()
    ship: Porter = Porter()

    @classmethod
    def read(cls, item: Object) -> "PodRecord":
        """Of what the API says."""
        metadata, status, spec = item["metadata"], item.get("status", {}), item["spec"]
        containers = [entry for entry in status.get("containerStatuses") or () if entry["name"] == CONTAINER]
        state = containers[0]["state"] if containers else {}
        waiting, running = state.get("waiting") or {}, state.get("running") or {}
        limits = [entry.get("resources", {}).get("limits", {}) for entry in spec["containers"] if entry["name"] == CONTAINER]
        return cls(
            handle=metadata.get("labels", {}).get(JOB_NAME, ""),
            name=metadata["name"],
            phase=status.get("phase", ""),
            reason=status.get("reason") or "",
            message=status.get("message") or "",
            node=spec.get("nodeName"),
            conditions=Condition.all_of(item),
            waiting=(waiting.get("reason", ""), waiting.get("message", "")),
            started=_instant(running.get("startedAt")),
            exit=_exit(state.get("terminated")),
            memory=limits[0].get("memory", "") if limits else "",
            deleted=_deleted(metadata),
            created=_instant(metadata.get("creationTimestamp")),
            is_held=any(gate["name"] == GATE for gate in spec.get("schedulingGates") or ()),
            restarts=int(containers[0].get("restartCount", 0)) if containers else 0,
            fetch=Porter.of(status.get("initContainerStatuses"), FETCH),
            ship=Porter.of(status.get("containerStatuses"), SHIP),
        )

    @property
    def is_there(self) -> bool:
        """Whether the cluster has it still."""
        return not self.is_gone

    @property
    def rank(self) -> tuple[bool, bool, datetime]:
        """The lowest of a run is the pod that may begin, or has begun; without one, the oldest that is there."""
        return self.is_held, self.is_gone, self.created or datetime.max.replace(tzinfo=UTC)

    @property
    def has_started(self) -> bool:
        """Whether the container runs or has run."""
        return self.started is not None or self.exit is not None

    def condition(self, name: str) -> Condition | None:
        """A condition that is true."""
        condition = self.conditions.get(name)
        return condition if condition and condition.is_true else None

    def after(self, before: "PodRecord | None") -> "PodRecord":
        """What is known with what was seen before: the API changes the time of a deletion once the containers have ended."""
        if self.deleted is None or before is None:
            return self
        if before.deleted is None:
            return replace(self, has_ended_first=before.exit is not None)
        return replace(self, deleted=before.deleted, has_ended_first=before.has_ended_first)

    def gone(self) -> "PodRecord":
        """What is remembered of a pod that is not there any more."""
        return replace(self, is_gone=True)


def _exit(terminated: Object | None) -> Exit | None:
    if terminated is None:
        return None
    return Exit(
        int(terminated.get("exitCode", 0)),
        terminated.get("reason", ""),
        terminated.get("message", ""),
        _instant(terminated.get("startedAt")),
        _instant(terminated.get("finishedAt")),
    )


def _deleted(metadata: Object) -> datetime | None:
    """The API says when the grace time is over."""
    due = _instant(metadata.get("deletionTimestamp"))
    return due - timedelta(seconds=metadata.get("deletionGracePeriodSeconds") or 0) if due else None


def _instant(text: str | None) -> datetime | None:
    return read_timestamp(text) if text else None
