"""The SQL of a release, as files keep it: a line of JSON for each statement, with its parameters and the rows that it met."""

import base64
import gzip
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Statement:
    """A statement in the driver's words (`$1`), and one tuple of parameters."""

    sql: str
    parameters: tuple[Any, ...]
    rows: int


def write(path: Path, statements: list[Statement]) -> None:
    """Write a file, the same one for the same statements."""
    lines = [json.dumps(asdict(statement), default=_plain) for statement in statements]
    path.write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))


def read(path: Path) -> list[Statement]:
    """Read a file."""
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    documents = [json.loads(line, object_hook=_object) for line in lines]
    return [Statement(item["sql"], tuple(item["parameters"]), item["rows"]) for item in documents]


def _plain(value: object) -> dict[str, Any]:
    match value:
        case datetime():
            return {"$datetime": value.isoformat()}
        case timedelta():
            return {"$seconds": value.total_seconds()}
        case bytes():
            return {"$bytes": base64.b64encode(value).decode()}
        case _:
            raise TypeError(f"{type(value).__name__} has no form in a file of statements yet")


def _object(document: dict[str, Any]) -> Any:
    match document:
        case {"$datetime": moment}:
            return datetime.fromisoformat(moment)  # noqa: TID251 - it was written by `isoformat`
        case {"$seconds": seconds}:
            return timedelta(seconds=seconds)
        case {"$bytes": encoded}:
            return base64.b64decode(encoded)
        case _:
            return document
