"""Layouts: JSON objects as data, so that one declaration serves a renderer in Python and one in the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jobsvc.domain.json_types import JsonObject

Read = Callable[[Any], Any]


@dataclass(frozen=True, eq=False)
class ResponseShape:
    """The members of an object, in sequence: each the dotted path of a field of the record, or an object of its own.

    Where the field `null_without` is null, or missing on the way, the object is null.
    """

    members: Mapping[str, str | ResponseShape]
    null_without: str | None = None

    def at(self, path: str) -> ResponseShape:
        """The same layout of what a field of a larger record holds."""
        members = {
            name: member.at(path) if isinstance(member, ResponseShape) else f"{path}.{member}"
            for name, member in self.members.items()
        }
        return ResponseShape(members, None if self.null_without is None else f"{path}.{self.null_without}")

    def of(self, record: object) -> JsonObject:
        """The object for a record that is there."""
        return {name: read(record) for name, read in self._readers.items()}

    def optional(self, record: object) -> JsonObject | None:
        """The object, or null."""
        return None if record is None or self._key(record) is None else self.of(record)

    @cached_property
    def _readers(self) -> dict[str, Read]:
        return {
            name: member.optional if isinstance(member, ResponseShape) else _reader(member)
            for name, member in self.members.items()
        }

    @cached_property
    def _key(self) -> Read:
        return _there if self.null_without is None else _reader(self.null_without)


def _there(_record: object) -> bool:
    return True


def _reader(path: str) -> Read:
    names = path.split(".")

    def read(record: Any) -> Any:
        for name in names:
            if record is None:
                return None
            record = getattr(record, name)
        return record

    return read
