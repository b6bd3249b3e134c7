"""Containers of the image, closed as the documentation says, on the loopback of this machine."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from tests.image.building import CLOSED, IMAGE, Podman
from tests.waiting import until

NETWORK = "--network=host"
"""A bridge would need rules of the machine's packet filter; each part has a port of its own instead."""
START_SECONDS = 120
LOOK_SECONDS = 0.2
"""Between two looks whether a container is ready: it is to have the processors meanwhile."""
STOP_LIMIT = 10
"""Seconds after which a container that is told to stop is killed, as is usual."""


class Container:
    """One service in a container. It is ready when it says so at `/readyz` of its port."""

    def __init__(self, podman: Podman, name: str, port: int) -> None:
        self._podman = podman
        self.name = f"jobsvc-whole-{name}-{os.getpid()}"
        self._url = f"http://127.0.0.1:{port}/readyz"

    def create(self, command: str, options: Sequence[str]) -> None:
        """Make and start it."""
        self._podman("run", "--detach", f"--name={self.name}", NETWORK, *CLOSED, *options, IMAGE, command)

    def is_ready(self) -> bool:
        """Whether it says so."""
        try:
            return httpx.get(self._url, trust_env=False, timeout=5).is_success
        except httpx.TransportError:
            return False

    def await_ready(self) -> None:
        """Return once it is; AssertionError with what it has logged when it is not within `START_SECONDS`."""
        try:
            until(self.is_ready, START_SECONDS, LOOK_SECONDS)
        except AssertionError as exc:
            raise AssertionError(f"{self.name} is not ready: {self.log()}") from exc

    def start(self) -> None:
        """Start it again."""
        self._podman("start", self.name)

    def stop(self) -> None:
        """Tell it to stop, and see that it does so by itself."""
        self._podman("stop", f"--time={STOP_LIMIT}", self.name)
        code = self._podman("inspect", "--format={{.State.ExitCode}}", self.name).strip()
        assert code == "0", f"{self.name} ended with {code}: {self.log()}"

    def kill(self) -> None:
        """Kill all of it, as the kernel does for want of memory."""
        self._podman("kill", "--signal=KILL", self.name)
        self._podman("wait", self.name)

    def log(self) -> str:
        """The end of what it has said."""
        return self._podman.said("logs", "--tail=30", self.name)

    def remove(self) -> None:
        """Leave nothing of it."""
        self._podman("rm", "--force", "--ignore", "--volumes", "--time=0", self.name)


def once(podman: Podman, command: Sequence[str], options: Sequence[str]) -> str:
    """Run a command of the image to its end; what it wrote."""
    return podman("run", "--rm", NETWORK, *CLOSED, *options, IMAGE, *command)


def environment(variables: Mapping[str, str]) -> list[str]:
    """Settings as options."""
    return [f"--env={name}={value}" for name, value in variables.items()]


def volume(source: Path, target: str, *, is_writable: bool = False) -> str:
    """A directory or file of the machine as an option."""
    return f"--volume={source}:{target}" + ("" if is_writable else ":ro")
