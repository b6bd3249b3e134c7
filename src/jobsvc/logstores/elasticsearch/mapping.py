"""Lines as documents, in the fields that collectors write (docs/spec/behaviour/logs.md#v4-to-v6), and back."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from jobsvc.domain.status import Stream
from jobsvc.ports.log_store import LogLine, LogOrigin

Json = dict[str, Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST = datetime(2262, 1, 1, tzinfo=UTC)
"""Nanoseconds since 1970 end soon after."""
LONG_BYTES = 4 * 1024
"""Longer messages say how long they are, so that a reader can make smaller pages of them."""
MESSAGE_BYTES = "message_bytes"
VERSION = 1
CUT = " [jobsvc: cut, for Elasticsearch refused the whole line]"
CUT_CHARACTERS = 4096
FIELDS = (
    "message",
    "stream",
    "scale_job_exe",
    "scale_task",
    "scale_node",
    "host",
    "scale_job_id",
    "scale_job_exe_num",
    "scale_job_type",
    "scale_job_version",
)
"""What is read of a document, besides what it is sorted by."""

# What is searched by is also found under `.keyword`, as in indices of dynamic mappings, where the documented system looks.
_SEARCHED = {"type": "keyword", "fields": {"keyword": {"type": "keyword"}}}
_SHOWN = {"type": "keyword"}
_NUMBER = {"type": "long"}
_KINDS: dict[str, Json] = {
    "@timestamp": {"type": "date_nanos"},
    # Nobody asks which line matches best, so what would be needed for that is not stored.
    "message": {"type": "text", "norms": False},
    MESSAGE_BYTES: {"type": "integer"},
    **dict.fromkeys(("scale_job_exe", "stream", "scale_job_type"), _SEARCHED),
    **dict.fromkeys(("scale_task", "scale_node", "host", "scale_job_version"), _SHOWN),
    **dict.fromkeys(("scale_order_num", "scale_job_id", "scale_job_exe_num"), _NUMBER),
}


def template(prefix: str) -> Json:
    """The index template. One shard: so lines of an execution become visible in their sequence."""
    settings = {"number_of_shards": 1, "auto_expand_replicas": "0-1", "refresh_interval": "1s"}
    return {
        "index_patterns": [f"{prefix}-*"],
        "priority": 500,
        "version": VERSION,
        "template": {"settings": settings, "mappings": {"properties": _KINDS}},
    }


def document_id(line: LogLine) -> str:
    """What a line is stored under, however often it is sent."""
    return f"{line.origin.cluster_id}_{line.order_num}"


def document(line: LogLine) -> bytes:
    """A line as JSON."""
    origin = line.origin
    fields = {
        "@timestamp": line.time,
        "message": line.message,
        "stream": line.stream,
        "scale_order_num": line.order_num,
        "scale_job_exe": origin.cluster_id,
        "scale_task": origin.task,
        "scale_node": origin.node,
        "host": origin.node,
        "scale_job_id": origin.job_id,
        "scale_job_exe_num": origin.exe_num,
        "scale_job_type": origin.job_type,
        "scale_job_version": origin.job_type_version,
    }
    if 4 * len(line.message) > LONG_BYTES and (size := len(line.message.encode())) > LONG_BYTES:
        fields[MESSAGE_BYTES] = size
    return orjson.dumps(fields, option=orjson.OPT_UTC_Z)


def cut_document(line: LogLine) -> bytes:
    """A line as JSON with nothing that an index could take offence at, if it takes anything."""
    return orjson.dumps(
        {
            "@timestamp": line.time,
            "message": line.message[:CUT_CHARACTERS] + CUT,
            "stream": line.stream,
            "scale_order_num": line.order_num,
            "scale_job_exe": line.origin.cluster_id,
        },
        option=orjson.OPT_UTC_Z,
    )


def line_of(source: Mapping[str, Any], time: datetime, order_num: int) -> LogLine | None:
    """The line of a document, whoever wrote it; None when it has no message, for then it is none."""
    message = source.get("message")
    if message is None:
        return None
    text = message if isinstance(message, str) else orjson.dumps(message).decode()
    # A collector that does not know the stream has read the ordinary one.
    stream = Stream.STDERR if source.get("stream") == Stream.STDERR else Stream.STDOUT
    return LogLine(time, order_num, stream, text, _origin(source))


def _origin(source: Mapping[str, Any]) -> LogOrigin:
    return LogOrigin(
        str(source.get("scale_job_exe", "")),
        _integer(source.get("scale_task")),
        _text(source.get("scale_node")) or _text(source.get("host")),
        _integer(source.get("scale_job_id")),
        _integer(source.get("scale_job_exe_num")),
        _text(source.get("scale_job_type")),
        _text(source.get("scale_job_version")),
    )


def _text(value: object) -> str | None:
    match value:
        case str():
            return value
        case {"name": str(name)}:  # a host, as newer collectors write it
            return name
        case _:
            return None


def _integer(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return value if isinstance(value, int) else None


def time_of(nanoseconds: int) -> datetime:
    """The time of a sort value, to the microsecond."""
    return EPOCH + timedelta(microseconds=nanoseconds // 1000)


def instant(time: datetime, *, last: bool = False) -> str:
    """The first (or last) nanosecond of a microsecond; times that Elasticsearch cannot compare become its first and last."""
    utc = min(max(time, EPOCH), LAST).astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S.%f}{'999' if last else '000'}Z"


def size_of(fields: Mapping[str, Sequence[int]]) -> int:
    """The bytes of a message, as far as they count for the size of a page."""
    return int(fields.get(MESSAGE_BYTES, (0,))[0])
