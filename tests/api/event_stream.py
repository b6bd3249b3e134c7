"""Reads `text/event-stream` as the HTML standard says that browsers do, and fails where a browser would pass over."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

FIELDS = {"event", "data", "id", "retry"}


@dataclass(frozen=True)
class Event:
    """An event as a browser dispatches it: the last id is that of the stream so far."""

    name: str
    data: Any
    last_id: str


def parse(stream: bytes) -> list[Event]:
    """The events of a whole stream, which ends behind an event or comment."""
    text = stream.decode("utf-8")
    assert text.endswith("\n\n"), "a browser drops what is not ended by an empty line"
    assert "\r" not in text, "a carriage return ends a line"
    return list(_dispatch(text.split("\n")))


def _dispatch(lines: list[str]) -> Iterator[Event]:
    name, last_id = "message", ""
    data: list[str] = []
    for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        assert field in FIELDS or line == "" or line.startswith(":"), f"ignored: {line!r}"
        if field == "event":
            name = value
        elif field == "data":
            data.append(value)
        elif field == "id":
            assert "\0" not in value
            last_id = value
        elif field == "retry":
            assert value.isascii()
            assert value.isdigit()
        if line == "":
            if data:
                yield Event(name, json.loads("\n".join(data)), last_id)
            name, data = "message", []
