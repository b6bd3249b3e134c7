"""The port of the API, held by the process that outlives every API process.

Whoever calls while the API is started again waits in the queue of the socket, and no other program can take the port meanwhile.
"""

import errno
import socket
from collections.abc import Sequence
from contextlib import ExitStack

BACKLOG = 2048
"""Calls that may wait."""
ELSEWHERE = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
"""A name may stand for addresses of a kind that this host does not have."""


class StackProblem(RuntimeError):
    """The service cannot be started; the text says why and what to do."""


def listen(host: str, port: int, variable: str = "JOBSVC_PORT") -> list[socket.socket]:
    """Sockets that take calls to all addresses of the host, which may be a name; StackProblem where none can be had.

    `variable` is what the port is set by.
    """
    try:
        result = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return _listen_at(list(dict.fromkeys((family, str(address[0])) for family, *_, address in result)), port)
    except OSError as exc:
        raise StackProblem(
            f"Port {port} of {host} cannot be used ({exc.strerror}). Set {variable} to another one, or stop what listens there."
        ) from exc


def _listen_at(addresses: Sequence[tuple[socket.AddressFamily, str]], port: int) -> list[socket.socket]:
    refusal: OSError | None = None
    with ExitStack() as until_refused:
        sockets = []
        for family, address in addresses:
            try:
                sockets.append(until_refused.enter_context(socket.create_server((address, port), family=family, backlog=BACKLOG)))
            except OSError as exc:
                if exc.errno not in ELSEWHERE:
                    raise
                refusal = exc
        if refusal is not None and not sockets:
            raise refusal
        until_refused.pop_all()
        return sockets
