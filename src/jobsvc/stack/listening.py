"""The port of the API, held by the process that outlives every API process.

Whoever calls while the API is started again waits in the queue of the socket, and no other program can take the port meanwhile.
"""

import errno
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack

BACKLOG = 2048
"""Calls that may wait."""
ELSEWHERE = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
"""A name may stand for addresses of a kind that this host does not have."""
ANY, ANY_IPV6 = "0.0.0.0", "::"  # noqa: S104 - where the operator asks for it
"""All addresses of a kind. Who asks for those of IPv6 means both kinds, as most servers take it."""


Open = Callable[[str, int, socket.AddressFamily], socket.socket]


class StackProblem(RuntimeError):
    """The service cannot be started; the text says why and what to do."""


def listen(host: str, port: int, variable: str = "JOBSVC_PORT") -> list[socket.socket]:
    """Sockets that take calls to all addresses of the host, which may be a name; StackProblem where none can be had.

    `variable` is what the port is set by.
    """
    return _opened(host, port, variable, _listening)


def bind(host: str, port: int, variable: str = "JOBSVC_PORT") -> list[socket.socket]:
    """The same for sockets that have the port and take no calls yet."""
    return _opened(host, port, variable, _bound)


def _opened(host: str, port: int, variable: str, open_one: Open) -> list[socket.socket]:
    try:
        return _open_all(_addresses(host, port), port, open_one)
    except OSError as exc:
        raise StackProblem(
            f"Port {port} of {host} cannot be used ({exc.strerror}). Set {variable} to another one, or stop what listens there."
        ) from exc


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, str]]:
    names = (ANY_IPV6, ANY) if host == ANY_IPV6 else (host,)
    known = [info for name in names for info in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)]
    return list(dict.fromkeys((family, str(address[0])) for family, *_, address in known))


def _open_all(addresses: Sequence[tuple[socket.AddressFamily, str]], port: int, open_one: Open) -> list[socket.socket]:
    refusal: OSError | None = None
    with ExitStack() as until_refused:
        sockets = []
        for family, address in addresses:
            try:
                sockets.append(until_refused.enter_context(open_one(address, port, family)))
            except OSError as exc:
                if exc.errno not in ELSEWHERE:
                    raise
                refusal = exc
        if refusal is not None and not sockets:
            raise refusal
        until_refused.pop_all()
        return sockets


def _listening(address: str, port: int, family: socket.AddressFamily) -> socket.socket:
    return socket.create_server((address, port), family=family, backlog=BACKLOG)


def _bound(address: str, port: int, family: socket.AddressFamily) -> socket.socket:
    with ExitStack() as until_bound:
        result = until_bound.enter_context(socket.socket(family, socket.SOCK_STREAM))
        result.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            result.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        result.bind((address, port))
        until_bound.pop_all()
        return result
