"""The engine `kubernetes`: every run is a job of a cluster."""

from jobsvc.engines.kubernetes.courier import Staging
from jobsvc.engines.kubernetes.engine import KubernetesEngine
from jobsvc.engines.kubernetes.options import KubernetesOptions, Volume

__all__ = ["KubernetesEngine", "KubernetesOptions", "Staging", "Volume"]
