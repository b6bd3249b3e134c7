"""Response shapes: JSON objects as data, so that one declaration serves a renderer in Python and one in the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jobsvc.domain.json_types import JsonObject

Read = Callable[[Any, Any], Any]
"""What a record, and what is known beside it (the request), give for a member."""


@dataclass(frozen=True, eq=False)
class ResponseShape:
    """The members of an object, in sequence: each the dotted path of a field of the record, an object of its own, or computed.

    An empty path is the record itself. Where the field `null_without` is null, or missing on the way, the object is null.
    """

    members: Mapping[str, str | ResponseShape | Read]
    null_without: str | None = None

    def of(self, record: object, context: object = None) -> JsonObject:
        """The object for a record that is there."""
        return {name: read(record, context) for name, read in self._readers.items()}

    def optional(self, record: object, context: object = None) -> JsonObject | None:
        """The object, or null."""
        return None if record is None or self._key(record, context) is None else self.of(record, context)

    @cached_property
    def _readers(self) -> dict[str, Read]:
        return {name: _read_of(member) for name, member in self.members.items()}

    @cached_property
    def _key(self) -> Read:
        return _there if self.null_without is None else reader(self.null_without)


def reader(path: str) -> Read:
    """Reads the field at a path: null when something on the way is."""
    names = path.split(".") if path else []
    if len(names) == 1:
        # Most members: without the loop they take half of the time, and a list has thousands of them.
        [only] = names
        return lambda record, _context: None if record is None else getattr(record, only)

    def read(record: Any, _context: object) -> Any:
        for name in names:
            if record is None:
                return None
            record = getattr(record, name)
        return record

    return read


def _read_of(member: str | ResponseShape | Read) -> Read:
    if isinstance(member, ResponseShape):
        return member.optional
    return reader(member) if isinstance(member, str) else member


def _there(_record: object, _context: object) -> bool:
    return True
