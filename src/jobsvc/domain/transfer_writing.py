"""Writes rows as lines of an export."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from jobsvc.domain.transfer import FORMAT, HEADER, TABLE, Kind, TableFormat


def header(version: str) -> bytes:
    """The first line of an export, by a version of jobsvc."""
    return _line({HEADER: {"format": FORMAT, "version": version}})


def write_rows(table: TableFormat, rows: Iterable[Sequence[Any]]) -> bytes:
    """The lines of rows: instants in UTC, documents given as JSON texts; what is null is left out."""
    columns = [(column.name, orjson.Fragment if column.kind is Kind.DOCUMENT else None) for column in table.columns]
    return b"".join(_line({TABLE: table.name} | _members(columns, row)) for row in rows)


def _members(columns: Sequence[tuple[str, type | None]], row: Sequence[Any]) -> dict[str, Any]:
    pairs = zip(columns, row, strict=True)
    return {name: wrap(value) if wrap else value for (name, wrap), value in pairs if value is not None}


def _line(members: Mapping[str, Any]) -> bytes:
    return orjson.dumps(members, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)
