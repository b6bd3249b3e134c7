"""Places in a sorted list that a client takes along: opaque texts, signed and bound to the list that they were made for.

A page by number has to know how many rows come before it. A cursor has the last row that was seen, and the next page begins
behind it: at the same cost everywhere, and without rows twice or left out when others come or go in between.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

import orjson

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.iso8601 import read_timestamp, write_timestamp

Value: TypeAlias = datetime | timedelta | bool | int | float | str | None
"""What a list is sorted by."""
SIGNATURE_BYTES = 16
MICROSECOND = timedelta(microseconds=1)
REFUSED = "cursor: is not one of this list: it is damaged, or of other filters or another order. Begin again with an empty one."


@dataclass(frozen=True)
class CursorRequest:
    """A page from a place on: `token` is what an earlier page gave, empty for the first page; `scope` is what the list is of."""

    token: str
    scope: str


@dataclass(frozen=True)
class Position:
    """The row behind which a page begins, or before which it ends: what the list is sorted by, and the id."""

    values: tuple[Value, ...]
    id: int
    is_backwards: bool = False


def write_cursor(position: Position, key: bytes, scope: str) -> str:
    """The text of a position in the list `scope`."""
    payload = orjson.dumps([position.is_backwards, position.id, [_write(value) for value in position.values]])
    return base64.urlsafe_b64encode(_signature(payload, key, scope) + payload).decode().rstrip("=")


def read_cursor(token: str, key: bytes, scope: str, kinds: Sequence[type]) -> Position:
    """The position of a text; `kinds` are the types of what the list is sorted by.

    Raises:
        InvalidRequest: It was not made for this list.
    """
    try:
        data = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise InvalidRequest(REFUSED) from None
    signature, payload = data[:SIGNATURE_BYTES], data[SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(payload, key, scope)):
        raise InvalidRequest(REFUSED)
    is_backwards, id_, values = orjson.loads(payload)
    if len(values) != len(kinds):
        # Of another release, which sorts such a list by more, or less.
        raise InvalidRequest(REFUSED)
    return Position(tuple(map(_read, values, kinds)), id_, is_backwards)


def _signature(payload: bytes, key: bytes, scope: str) -> bytes:
    return hmac.digest(key, hashlib.sha256(scope.encode()).digest() + payload, "sha256")[:SIGNATURE_BYTES]


def _write(value: Value) -> bool | int | float | str | None:
    match value:
        case datetime():
            return write_timestamp(value)
        case timedelta():
            return value // MICROSECOND
        case _:
            return value


def _read(value: Value, kind: type) -> Value:
    if kind is datetime and isinstance(value, str):
        return read_timestamp(value)
    if kind is timedelta and isinstance(value, int):
        return value * MICROSECOND
    return value
