"""Where a log is read on: cursors of pages and ids of events, opaque to clients."""

import re
from datetime import UTC, datetime, timedelta

from jobsvc.domain.errors import InvalidRequest
from jobsvc.ports.log_store import LogLine, Position, SearchPosition

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
CURSOR = re.compile(r"(-?\d{1,18})_(-?\d{1,18})(?:_(.{1,1000}))?", re.ASCII)


def write_position(position: Position) -> str:
    """`microseconds_number`: ASCII without blanks, for it stands in headers, URLs and event ids."""
    return f"{(position.time - EPOCH) // MICROSECOND}_{position.order_num}"


def read_position(text: str, name: str) -> Position:
    """The position of a cursor.

    Raises:
        InvalidRequest: The text names the parameter.
    """
    time, order_num, cluster_id = _parts(text, name)
    if cluster_id is not None:
        raise _unreadable(name)
    return Position(time, order_num)


def write_search_position(line: LogLine) -> str:
    """The cursor after a line of a search."""
    return f"{write_position(Position(line.time, line.order_num))}_{line.origin.cluster_id}"


def read_search_position(text: str, name: str) -> SearchPosition:
    """The position of a search's cursor.

    Raises:
        InvalidRequest: The text names the parameter.
    """
    time, order_num, cluster_id = _parts(text, name)
    if cluster_id is None:
        raise _unreadable(name)
    return SearchPosition(time, cluster_id, order_num)


def _parts(text: str, name: str) -> tuple[datetime, int, str | None]:
    match = CURSOR.fullmatch(text)
    if match is None:
        raise _unreadable(name)
    try:
        return EPOCH + int(match[1]) * MICROSECOND, int(match[2]), match[3]
    except OverflowError:
        raise _unreadable(name) from None


def _unreadable(name: str) -> InvalidRequest:
    return InvalidRequest(f"{name}: invalid or expired.")
