"""How the engine is set up, and which directories of the worker's host pods see as well."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

Json = dict[str, Any]
HOST_PATH, CLAIM = "hostPath", "pvc"
KEPT_SECONDS = 7 * 86_400


@dataclass(frozen=True)
class Volume:
    """A directory of this host with all below it, as pods get it: of their node, or of a volume claim."""

    directory: Path
    kind: str
    source: str

    @classmethod
    def parse(cls, text: str) -> "Volume":
        """Of `/directory=hostPath:/on/the/node` or `/directory=pvc:claim`. ValueError."""
        directory, _, volume = text.partition("=")
        kind, _, source = volume.partition(":")
        is_whole = directory.startswith("/") and source and (kind == CLAIM or (kind == HOST_PATH and source.startswith("/")))
        if not is_whole:
            raise ValueError(f"'{text}' is no volume: as /srv/data={CLAIM}:jobsvc-data or /srv/data={HOST_PATH}:/srv/data")
        return cls(Path(directory), kind, source)

    def path_in(self, path: Path) -> str | None:
        """Where a path of this host is in the volume; None when it is not there. Blocks."""
        try:
            return str(PurePosixPath(path.resolve().relative_to(self.directory.resolve())))
        except ValueError:
            return None

    def body(self) -> Json:
        """What a pod says of it, without its name there."""
        if self.kind == CLAIM:
            return {"persistentVolumeClaim": {"claimName": self.source}}
        return {"hostPath": {"path": self.source, "type": "Directory"}}


@dataclass(frozen=True)
class KubernetesOptions:
    """How the engine is set up; `kubeconfig` None: as the pod of this worker says, or where the tools of Kubernetes look.

    `pull_seconds`: how long an image may not be had. `lost_seconds`: how long a node may be silent. `pod_patch` is merged into
    the template of each pod.
    """

    namespace: str
    kubeconfig: Path | None = None
    volumes: Sequence[Volume] = ()
    user: str = "65534:65534"
    grace_seconds: float = 5.0
    pull: str = "IfNotPresent"
    pull_secrets: Sequence[str] = ()
    pull_seconds: float = 600.0
    lost_seconds: float = 120.0
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: Sequence[Mapping[str, Any]] = ()
    priority_class: str | None = None
    queue: str | None = None
    pod_patch: Mapping[str, Any] = field(default_factory=dict)
    gpu: str = "nvidia.com/gpu"
    tmp_mib: int = 256
    log_bytes: int = 2**30
    kept_seconds: int = KEPT_SECONDS
    porter_image: str = ""
    """The image that carries files of runs; empty: pods see those of the worker's host by the volumes."""
