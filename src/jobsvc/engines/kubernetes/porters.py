"""What a pod has more that shares no files with workers: two containers that carry them, and where they lie meanwhile.

The job's container begins when the first one has ended. The second one is no sidecar in the sense of the cluster: those are
ended with the job, within the time that a job has to clean up. It waits beside the job, and ends by itself.
"""

from typing import Any

from jobsvc.engines.kubernetes.options import Json, KubernetesOptions
from jobsvc.engines.kubernetes.records import FETCH, FETCH_LINK, SHIP, SHIP_LINK
from jobsvc.engines.remote.preparing import INPUTS, METADATA, OUTPUT, ROOT
from jobsvc.ports.remote_engine import RunSpec

INPUT_VOLUME, OUTPUT_VOLUME, LINKS = "inputs", "output", "links"
LINK_DIRECTORY = "/jobsvc"
CLOSED: Json = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
    "privileged": False,
}
REQUESTS = {"cpu": "10m", "memory": "32Mi"}
LIMITS = {"memory": "512Mi"}
"""What describes outputs is held in memory; files are not."""
MARGIN_MIB, MARGIN_SHARE = 64, 1.1
"""What a run may write beyond the disk that it asks for, as with engines that share files."""


def before(options: KubernetesOptions) -> list[Json]:
    """What is done before the job begins."""
    return [_porter(FETCH, ROOT, INPUT_VOLUME, options)] if options.porter_image else []


def beside(options: KubernetesOptions) -> list[Json]:
    """What is there beside the job."""
    return [_porter(SHIP, OUTPUT, OUTPUT_VOLUME, options)] if options.porter_image else []


def mounts(spec: RunSpec, options: KubernetesOptions) -> list[Json]:
    """Where the job finds its files. Blocks."""
    if not options.porter_image:
        return []
    inputs: Json = {"name": INPUT_VOLUME, "readOnly": True}
    metadata = inputs | {"mountPath": METADATA, "subPath": "input_metadata.json"}
    return [
        inputs | {"mountPath": INPUTS, "subPath": "input_data"},
        *([metadata] if (spec.directory / "input_metadata.json").exists() else []),
        {"name": OUTPUT_VOLUME, "mountPath": OUTPUT},
    ]


def volumes(spec: RunSpec, options: KubernetesOptions) -> list[Json]:
    """Directories of the node that go with the pod, and the annotations that say to porters what to do."""
    if not options.porter_image:
        return []
    limit = {"sizeLimit": f"{int(spec.disk / 2**20 * MARGIN_SHARE) + MARGIN_MIB}Mi"} if spec.disk else {}
    items = [
        {"path": name, "fieldRef": {"fieldPath": f"metadata.annotations['{annotation}']"}}
        for name, annotation in ((FETCH, FETCH_LINK), (SHIP, SHIP_LINK))
    ]
    return [
        {"name": INPUT_VOLUME, "emptyDir": {}},
        {"name": OUTPUT_VOLUME, "emptyDir": limit},
        {"name": LINKS, "downwardAPI": {"items": items}},
    ]


def _porter(name: str, place: str, volume: str, options: KubernetesOptions) -> dict[str, Any]:
    return {
        "name": name,
        "image": options.porter_image,
        "imagePullPolicy": options.pull,
        "command": ["python3", "-m", "jobsvc.porter", name, f"{LINK_DIRECTORY}/{name}", place],
        "resources": {"requests": REQUESTS, "limits": LIMITS},
        "securityContext": CLOSED,
        # Its last words, or the end of its log when it had none.
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [{"name": volume, "mountPath": place}, {"name": LINKS, "mountPath": LINK_DIRECTORY, "readOnly": True}],
    }
