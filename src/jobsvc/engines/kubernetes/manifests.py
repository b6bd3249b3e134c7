"""What a job of the cluster is made of: closed by default, with what its run asks for and nothing more."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jobsvc.domain.builtin_errors import DOCKER_TASK_LAUNCH
from jobsvc.domain.limits import MAX_COLLECTING_SECONDS, MAX_STAGING_SECONDS
from jobsvc.engines.kubernetes import porters
from jobsvc.engines.kubernetes.options import Json, KubernetesOptions
from jobsvc.engines.kubernetes.records import CHOSEN, CONTAINER, GATE
from jobsvc.ports.remote_engine import Bind, RunRejected, RunSpec

MIB = 2**20
MIN_MEMORY_MIB = 16.0
"""Container runtimes refuse limits below a few MiB, and no process starts with less."""
DEFAULT_SHARED_MIB = 64.0
NODE_SELECTOR, TOLERATIONS, PRIORITY_CLASS, QUEUE = "node_selector", "tolerations", "priority_class", "queue"
"""What a job type may choose for itself."""
QUEUE_LABEL = "kueue.x-k8s.io/queue-name"
SPARE_SECONDS = 120.0
"""Beyond all that a run may take, until the cluster ends it though no worker does."""


def job(spec: RunSpec, options: KubernetesOptions) -> Json:
    """The body of a request that creates a job. Blocks. RunRejected."""
    labels = dict(spec.labels)
    queue = spec.options.get(QUEUE, options.queue)
    # Kueue suspends a job that has its label, and lets it go when there is room.
    job_labels = labels | ({QUEUE_LABEL: str(queue)} if queue else {})
    template: Json = {"metadata": {"labels": labels}, "spec": _pod(spec, options)}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": spec.handle, "labels": job_labels, "annotations": {CHOSEN: ""}},
        "spec": {
            # Whether a job is tried again is decided by the service, which knows why it failed.
            "backoffLimit": 0,
            "podReplacementPolicy": "Failed",
            "podFailurePolicy": {
                "rules": [{"action": "FailJob", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}]
            },
            # A safety net for an installation that is gone: workers remove jobs once all is read.
            "ttlSecondsAfterFinished": options.kept_seconds,
            "template": merged(template, options.pod_patch),
        },
    }


def merged(base: Any, patch: Any) -> Any:
    """A document with a patch in it: members go into members, things with names into those of their name, null removes."""
    if isinstance(base, Mapping) and isinstance(patch, Mapping):
        result = dict(base)
        for name, value in patch.items():
            if value is None:
                result.pop(name, None)
            else:
                result[name] = merged(base.get(name), value)
        return result
    if _are_named(base) and _are_named(patch):
        by_name = {item["name"]: item for item in base}
        by_name |= {item["name"]: merged(by_name.get(item["name"]), item) for item in patch}
        return list(by_name.values())
    return patch


def _are_named(value: Any) -> bool:
    return isinstance(value, Sequence) and all(isinstance(item, Mapping) and "name" in item for item in value)


def _pod(spec: RunSpec, options: KubernetesOptions) -> Json:
    mounts = list(_mounts(spec.binds, options))
    chosen: Json = {
        "nodeSelector": spec.options.get(NODE_SELECTOR, dict(options.node_selector)),
        "tolerations": spec.options.get(TOLERATIONS, [dict(item) for item in options.tolerations]),
        "priorityClassName": spec.options.get(PRIORITY_CLASS, options.priority_class),
        "activeDeadlineSeconds": _deadline(spec, options),
        "imagePullSecrets": [{"name": name} for name in options.pull_secrets],
        "affinity": _affinity(spec.avoided_node),
    }
    return {name: value for name, value in chosen.items() if value} | {
        "restartPolicy": "Never",
        "schedulingGates": [{"name": GATE}],
        "terminationGracePeriodSeconds": max(1, round(options.grace_seconds)),
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        # The first process of the pod sees off who has ended, so that a job need not; signals end a job that heeds none.
        "shareProcessNamespace": True,
        "securityContext": _identity(options.user) | {"seccompProfile": {"type": "RuntimeDefault"}},
        "initContainers": porters.before(options),
        "containers": [_container(spec, options, [*mounts, *porters.mounts(spec, options)]), *porters.beside(options)],
        "volumes": [
            *porters.volumes(spec, options),
            _memory("tmp", options.tmp_mib),
            _memory("shm", spec.resources.get("sharedmem") or DEFAULT_SHARED_MIB),
            *({"name": f"v{number}"} | volume.body() for number, volume in enumerate(options.volumes) if _uses(mounts, number)),
        ],
    }


def _affinity(avoided_node: str | None) -> Json:
    """That another node is better. Not that it has to be another one: there may be none."""
    if avoided_node is None:
        return {}
    elsewhere = {"matchFields": [{"key": "metadata.name", "operator": "NotIn", "values": [avoided_node]}]}
    return {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "preference": elsewhere}]}}


def _container(spec: RunSpec, options: KubernetesOptions, mounts: Sequence[Json]) -> Json:
    resources = _resources(spec.resources, options)
    return {
        "name": CONTAINER,
        "image": spec.image,
        "imagePullPolicy": options.pull,
        "args": [_verbatim(word) for word in spec.command],
        "env": [{"name": name, "value": _verbatim(value)} for name, value in spec.environment.items()],
        "resources": {"limits": resources, "requests": resources},
        "securityContext": porters.CLOSED,
        "volumeMounts": [
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - inside of the container
            {"name": "shm", "mountPath": "/dev/shm"},  # noqa: S108
            *mounts,
        ],
    }


def _identity(user: str) -> Json:
    number, _, group = user.partition(":")
    return {"runAsUser": int(number), "runAsGroup": int(group or number), "runAsNonRoot": int(number) != 0}


def _resources(asked: Mapping[str, float], options: KubernetesOptions) -> Json:
    limits: Json = {}
    if memory := asked.get("mem"):
        limits["memory"] = str(int(max(memory, MIN_MEMORY_MIB) * MIB))
    if cpus := asked.get("cpus"):
        limits["cpu"] = f"{max(1, int(cpus * 1000))}m"
    if gpus := asked.get("gpus"):
        limits[options.gpu] = str(int(gpus))
    return limits


def _deadline(spec: RunSpec, options: KubernetesOptions) -> int | None:
    """Seconds from the moment when a node takes the pod; it then stays there, with its exit code and its log.

    The service ends a run at its timeout, which counts from the start of the command. This is for when no worker is there.
    """
    if not spec.timeout:
        return None
    carrying = MAX_STAGING_SECONDS + MAX_COLLECTING_SECONDS if options.porter_image else 0
    return int(spec.timeout + options.pull_seconds + options.grace_seconds + SPARE_SECONDS + carrying)


def _mounts(binds: Sequence[Bind], options: KubernetesOptions) -> Iterator[Json]:
    for bind in binds:
        inside = ((number, volume.path_in(bind.source)) for number, volume in enumerate(options.volumes))
        number, path = next(((number, path) for number, path in inside if path is not None), (None, ""))
        if number is None:
            raise RunRejected(
                DOCKER_TASK_LAUNCH,
                f"pods cannot see {bind.source}: it is in no directory of JOBSVC_KUBERNETES_VOLUMES (docs/engines.md)",
            )
        mount = {"name": f"v{number}", "mountPath": bind.target, "readOnly": bind.is_read_only}
        yield mount if path == "." else mount | {"subPath": path}


def _uses(mounts: Sequence[Json], number: int) -> bool:
    return any(mount["name"] == f"v{number}" for mount in mounts)


def _memory(name: str, mib: float) -> Json:
    return {"name": name, "emptyDir": {"medium": "Memory", "sizeLimit": f"{max(1, int(mib))}Mi"}}


def _verbatim(text: str) -> str:
    """So that the cluster, which replaces `$(NAME)`, leaves it as it is."""
    return text.replace("$", "$$")
