"""Ends connections that wait for their client for too long: once a second for all, for timers of each would cost more."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from jobsvc.server import refusals
from jobsvc.server.phase import Phase
from jobsvc.server.refusals import Refused

if TYPE_CHECKING:
    from jobsvc.server.connection import Connection

LOOK_SECONDS = 1.0
"""How often."""
SPARE = 200
"""Connections beyond the limit that get an answer which says why they are closed; more end others without an answer."""


def look_after_all(connections: Iterable[Any], now: float) -> None:
    """Look after the connections of a server at a time of its event loop; those of another kind are left alone."""
    for connection in list(connections):
        if hasattr(connection, "limits"):
            look_after(connection, now)


def look_after(connection: "Connection", now: float) -> None:
    """End the connection, or the request on it, when its time is over."""
    waited = now - connection.waiting_since
    limits = connection.limits
    if _stalls(connection, now) or (connection.is_lingering and waited > limits.linger_seconds):
        connection.transport.abort()
    elif connection.is_refused or connection.transport.is_closing():
        return
    elif connection.phase is Phase.BODY:
        _wait_for_body(connection)
    elif connection.is_busy:
        # The client may wait for as long as it likes.
        connection.waiting_since = now
    elif connection.phase is Phase.HEAD and waited > limits.head_seconds:
        connection.refuse(Refused(408, refusals.LATE_HEAD.format(limits.head_seconds)))
    elif connection.phase is Phase.IDLE and waited > limits.idle_seconds:
        connection.transport.close()


def make_room(connections: set[Any], newcomer: "Connection") -> bool:
    """End the connection that has waited longest for its client; whether there is one."""
    waiting = [connection for connection in connections if connection is not newcomer and _may_go(connection)]
    if not waiting:
        return False
    longest = min(waiting, key=lambda item: (not item.is_lingering, item.waiting_since))
    if len(connections) > newcomer.limits.connections + SPARE:
        longest.transport.abort()
        connections.discard(longest)
    elif longest.phase is Phase.HEAD and not longest.is_lingering:
        longest.refuse(Refused(503, refusals.TOO_MANY))
    else:
        longest.transport.close()
    return True


def _may_go(connection: "Connection") -> bool:
    return not connection.is_busy and not connection.transport.is_closing()


def _wait_for_body(connection: "Connection") -> None:
    """Only that counts in which the server would have read: a handler may be slower than the client."""
    if connection.flow.read_paused or connection.pipeline:
        return
    connection.waited_for_body += LOOK_SECONDS
    if connection.waited_for_body > connection.limits.body_timeout(connection.content):
        connection.refuse(Refused(408, refusals.LATE_BODY))


def _stalls(connection: "Connection", now: float) -> bool:
    """Whether the client has taken nothing of what is ready for it for too long."""
    unsent = connection.transport.get_write_buffer_size()
    if not unsent or unsent != connection.unsent:
        connection.unsent, connection.stalled_since = unsent, now
    return now - connection.stalled_since > connection.limits.stall_seconds
