"""Settings of the engine `kubernetes`; `jobsvc.settings` has the others."""

from typing import Annotated, Literal

from pydantic import Field, FilePath, field_validator
from pydantic_settings import NoDecode

from jobsvc.access_settings import AccessSettings, split
from jobsvc.storage_settings import ALLOWED_BUCKET


class KubernetesSettings(AccessSettings):
    """Where jobs run on a cluster, and what their pods get."""

    kubernetes_config: FilePath | None = Field(
        None,
        description="Kubeconfig of the cluster. Not set: the worker's pod says it, else `KUBECONFIG` or `~/.kube/config` does.",
    )
    kubernetes_namespace: str = Field(
        "jobsvc", pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", description="Namespace of the cluster where jobs run."
    )
    kubernetes_volumes: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Directories of the worker's host that pods see as well, comma-separated, as `/srv/data=pvc:jobsvc-data` for "
        "a volume claim, or `/srv/data=hostPath:/srv/data` for a directory of every node.",
    )
    kubernetes_staging: str | None = Field(
        None,
        pattern=f"^{ALLOWED_BUCKET.pattern}$",
        description="Where pods share no directory with workers: a place of the object store, as `bucket/prefix`, by which their "
        "files are carried. It is the service's alone, outside of `JOBSVC_S3_BUCKETS`. Not set: pods see directories.",
    )
    kubernetes_staging_image: str | None = Field(
        None, description="The image of this service, as nodes pull it, for the containers that carry files."
    )
    kubernetes_staging_endpoint: str | None = Field(
        None,
        pattern=r"^https?://[^/@?#]+$",
        description="URL of the object store as pods reach it. Not set: that of `JOBSVC_S3_ENDPOINT`.",
    )
    kubernetes_user: str = Field(
        "",
        pattern=r"^(\d{1,10}(:\d{1,10})?)?$",
        description="User and group in pods, as `1000:1000`. Empty: `65534:65534`, or those of a worker that is not root.",
    )
    kubernetes_pull: Literal["IfNotPresent", "Always", "Never"] = Field("IfNotPresent", description="When nodes pull images.")
    kubernetes_pull_secrets: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Secrets of the namespace with credentials of registries, comma-separated."
    )
    kubernetes_pull_seconds: float = Field(600, ge=1, description="How long a node may try to pull an image.")
    kubernetes_lost_seconds: float = Field(
        120, ge=1, description="How long a node may be silent before its runs are taken for lost and their jobs are tried again."
    )
    kubernetes_node_selector: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Labels of the nodes for pods, comma-separated, as `disk=ssd`, unless their job type names some."
    )
    kubernetes_tolerations: str = Field(
        "", description="Taints that pods tolerate, as a JSON list of Kubernetes' tolerations, unless their job type has one."
    )
    kubernetes_priority_class: str | None = Field(None, description="Priority class of pods, unless their job type names one.")
    kubernetes_queue: str | None = Field(
        None, description="Local queue of Kueue for jobs, unless their job type names one; Kueue suspends and admits them."
    )
    kubernetes_pod_patch: str = Field(
        "",
        description='JSON object that is merged into the template of each pod, as `{"spec": {"runtimeClassName": "gvisor"}}`: '
        "things in lists by their names; `null` removes.",
    )

    @field_validator("kubernetes_volumes", "kubernetes_pull_secrets", "kubernetes_node_selector", mode="before")
    @classmethod
    def _split_lists(cls, value: object) -> object:
        return split(value)
