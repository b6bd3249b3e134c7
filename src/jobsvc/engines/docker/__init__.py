"""The engine `docker`: every run is a container of Docker, or of Podman by its compatible socket."""

from jobsvc.engines.docker.containers import Policy
from jobsvc.engines.docker.engine import DockerEngine, DockerOptions
from jobsvc.engines.docker.labels import DockerImageLabels

__all__ = ["DockerEngine", "DockerImageLabels", "DockerOptions", "Policy"]
