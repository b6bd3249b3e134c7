"""The engine `docker`: every run is a container of Docker, or of Podman by its compatible socket."""

from jobsvc.engines.docker.containers import Policy
from jobsvc.engines.docker.engine import DockerEngine, DockerOptions

__all__ = ["DockerEngine", "DockerOptions", "Policy"]
