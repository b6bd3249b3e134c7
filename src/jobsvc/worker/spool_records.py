"""How lines lie in a spool file: one record for all the lines that came at once.

A file begins with a line of JSON, the origin of its lines; records follow. A record costs the same whether it
holds one line or ten thousand, and says by its checksum whether it is whole.
"""

import struct
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import BinaryIO
from zlib import crc32

import orjson

from jobsvc.domain.status import Stream
from jobsvc.ports.log_store import LogLine, LogOrigin

_HEAD = struct.Struct(">IIqqB")  # bytes of text, checksum, microseconds since 1970, number of the first line, stream
_CHECKED = struct.Struct(">qqB")
_LENGTH = struct.Struct(">II")
_STREAMS = tuple(Stream)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class SpoolDamaged(Exception):
    """A record or the beginning of a file cannot be read: its worker, or the host, died while it was written."""


@dataclass(frozen=True, slots=True)
class SpoolHead:
    """What the first line of a file says: where its lines belong."""

    execution_id: int
    origin: LogOrigin

    def pack(self) -> bytes:
        """The line."""
        return orjson.dumps(asdict(self)) + b"\n"

    @classmethod
    def read(cls, file: BinaryIO) -> "SpoolHead":
        """Read the line from the beginning of a file; SpoolDamaged."""
        try:
            document = orjson.loads(file.readline())
            # Another version of the service may have written it, before an upgrade, and have known more.
            known = {
                field.name: document["origin"][field.name] for field in fields(LogOrigin) if field.name in document["origin"]
            }
            return cls(document["execution_id"], LogOrigin(**known))
        except (ValueError, KeyError, TypeError) as exc:
            raise SpoolDamaged("the file does not say where its lines belong") from exc


def pack(time: datetime, first: int, stream: Stream, text: bytes) -> bytes:
    """The record of lines that came at one time, joined by line ends; `first` is the number of the first of them."""
    checked = _CHECKED.pack((time - _EPOCH) // _MICROSECOND, first, _STREAMS.index(stream))
    return _LENGTH.pack(len(text), crc32(text, crc32(checked))) + checked + text


def read_lines(file: BinaryIO, end: int, origin: LogOrigin) -> list[LogLine]:
    """The lines of the record at the file's position, which is before `end`; SpoolDamaged."""
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        raise SpoolDamaged("the file ends inside of a record")
    length, checksum, micros, first, stream = _HEAD.unpack(head)
    # Before anything is read: what is no length may be a large number.
    text = file.read(length) if file.tell() + length <= end else b""
    if len(text) != length or crc32(text, crc32(head[_LENGTH.size :])) != checksum:
        raise SpoolDamaged("a record is not whole")
    time = _EPOCH + micros * _MICROSECOND
    kind = _STREAMS[stream]
    return [LogLine(time, number, kind, message, origin) for number, message in enumerate(readable(text).split("\n"), first)]


def readable(text: bytes) -> str:
    r"""The text as any store takes it: bytes that are no UTF-8, and NUL, are written as `\xff` and `\x00`."""
    return text.decode("utf-8", "backslashreplace").replace("\0", "\\x00")
