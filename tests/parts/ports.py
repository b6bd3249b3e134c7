"""Ports of loopback for servers that cannot choose one themselves."""

import contextlib
import random
import socket
from collections.abc import Iterator

_PORTS = range(20_000, 32_000)
"""Below those that the kernel gives to connections."""


def free_ports(count: int) -> list[int]:
    """So many ports that nobody listens on at this moment."""
    with contextlib.ExitStack() as stack:
        bound = _bound()
        return [stack.enter_context(next(bound)).getsockname()[1] for _ in range(count)]


def _bound() -> Iterator[socket.socket]:
    for port in random.sample(_PORTS, len(_PORTS)):
        candidate = socket.socket()
        try:
            candidate.bind(("127.0.0.1", port))
        except OSError:
            candidate.close()
        else:
            yield candidate
