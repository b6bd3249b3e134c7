"""Server-sent events: what comes through a stream, taken apart."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LogEvent:
    """One event of a followed log, or of a stream of changes, whose name is `message`.

    `name`: `line` (data: a LogLine), `gap` (lines that were left out), `unavailable` (the log store is away for a while) or
    `end` (data: status and exit code of the execution). `id`: where a line stands, to go on behind it.
    """

    name: str
    data: Any
    id: str | None = None


class EventReader:
    """Makes events of the pieces of a stream, wherever it was cut. Comments and unknown fields are left out."""

    def __init__(self, last_id: str | None = None) -> None:
        self.last_id = last_id
        """Where to go on: the id of the last event, or one that came alone, for what the stream has passed over."""
        self.reset()

    def reset(self) -> None:
        """Forget half an event: another connection begins."""
        self._rest = b""
        self._fields: dict[str, str] = {}

    def feed(self, piece: bytes) -> list[LogEvent]:
        """The events that a piece completes."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        events = (self._take(line.removesuffix(b"\r").decode(errors="replace")) for line in lines)
        return [event for event in events if event is not None]

    def _take(self, line: str) -> LogEvent | None:
        if line:
            name, _, value = line.partition(":")
            self._fields[name] = value.removeprefix(" ")
            return None
        fields, self._fields = self._fields, {}
        self.last_id = fields.get("id", self.last_id)
        if "data" not in fields:
            return None
        return LogEvent(fields.get("event", "message"), json.loads(fields["data"]), fields.get("id"))
