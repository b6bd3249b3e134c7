"""Finds where a schema of an OpenAPI 3.1 document promises less than before.

A request may only become wider: what was accepted stays accepted. An answer may only become narrower: what clients could
not get before they need not understand, except for further members, which they must expect.
"""

import operator
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

Json = dict[str, Any]
LOWER, UPPER = ("minimum", "exclusiveMinimum", "minLength", "minItems"), ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
NULL = {"type": "null"}


class Direction(Enum):
    """Who sends the value."""

    REQUEST = auto()
    RESPONSE = auto()


@dataclass
class Comparison:
    """Two documents, and which pairs of their schemas were compared already."""

    old: Json
    new: Json
    _seen: set[tuple[str, str, Direction]] = field(default_factory=set)

    def narrowed(self, old: Json, new: Json, direction: Direction, where: str) -> Iterator[str]:
        """Sentences that say what a client of the old schema loses."""
        before, after = _resolved(old, self.old), _resolved(new, self.new)
        yield from _types(before, after, direction, where)
        names = (_name(old), _name(new), direction)
        if names in self._seen:
            return
        if all(names[:2]):
            self._seen.add(names)
        yield from _values(before, after, direction, where)
        if direction is Direction.REQUEST:
            yield from _bounds(before, after, where)
        yield from self._members(before, after, direction, where)
        yield from self._inner(before, after, direction, where)

    def _members(self, old: Json, new: Json, direction: Direction, where: str) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name, member in before.items():
            if name not in after:
                yield f"{where}: {name} is gone"
            else:
                yield from self.narrowed(member, after[name], direction, f"{where}: {name}")
        required, now = set(old.get("required", ())), set(new.get("required", ()))
        if direction is Direction.REQUEST:
            yield from (f"{where}: {name} is required now" for name in sorted(now - required))
        else:
            yield from (f"{where}: {name} may be missing now" for name in sorted((required - now) & set(after)))

    def _inner(self, old: Json, new: Json, direction: Direction, where: str) -> Iterator[str]:
        if "items" in old and "items" in new:
            yield from self.narrowed(old["items"], new["items"], direction, f"{where}[]")
        others, now = old.get("additionalProperties", True), new.get("additionalProperties", True)
        if isinstance(others, dict) and isinstance(now, dict):
            yield from self.narrowed(others, now, direction, f"{where}{{}}")
        elif now is False and others is not False and direction is Direction.REQUEST:
            yield f"{where}: further members are refused now"
        choices, left = old.get("oneOf", ()), {_name(each): each for each in new.get("oneOf", ())}
        for choice in choices:
            if _name(choice) in left:
                yield from self.narrowed(choice, left[_name(choice)], direction, where)
            else:
                yield f"{where}: {_name(choice)} is gone"
        if direction is Direction.RESPONSE and choices:
            yield from (f"{where}: {name} is new" for name in left if name not in {_name(each) for each in choices})


def _name(schema: Json) -> str:
    """The name of the schema that is referred to, also when null may stand there."""
    references = [each["$ref"] for each in [schema, *schema.get("anyOf", ())] if "$ref" in each]
    return references[0].rpartition("/")[2] if references else ""


def _resolved(schema: Json, document: Json) -> Json:
    """The schema itself, with null among its types when it is one of its choices."""
    others = [each for each in schema.get("anyOf", ()) if each != NULL]
    if len(others) == 1 and len(schema["anyOf"]) > 1:
        value = _resolved(others[0], document)
        return {**value, "type": [*_kinds(value), "null"]}
    if "$ref" in schema:
        return _resolved(document["components"]["schemas"][_name(schema)], document)
    return schema


def _kinds(schema: Json) -> list[str]:
    kind = schema.get("type", [])
    return kind if isinstance(kind, list) else [kind]


def _types(old: Json, new: Json, direction: Direction, where: str) -> Iterator[str]:
    before, after = set(_kinds(old)), set(_kinds(new))
    wide, narrow = (after, before) if direction is Direction.REQUEST else (before, after)
    # No type at all is every type; every integer is a number.
    lost = set() if not wide else narrow - wide - ({"integer"} if "number" in wide else set())
    if lost or (wide and not narrow):
        yield f"{where}: is {_words(after)}, no longer {_words(before)}"
    elif old.get("format") != new.get("format") and before and after:
        yield f"{where}: has the format {new.get('format')}, no longer {old.get('format')}"


def _words(kinds: set[str]) -> str:
    return " or ".join(sorted(kinds)) or "anything"


def _values(old: Json, new: Json, direction: Direction, where: str) -> Iterator[str]:
    before, after = old.get("enum"), new.get("enum")
    if before is not None and after is not None:
        # Code that was generated for a value mentions it, whoever sends it.
        yield from (f"{where}: the value {value} is gone" for value in before if value not in after)
    if direction is Direction.REQUEST and before is None and after is not None:
        yield f"{where}: only certain values are accepted now"
    if direction is Direction.RESPONSE and before is not None:
        new_ones = ["any other"] if after is None else [value for value in after if value not in before]
        yield from (f"{where}: the value {value} is new, which generated clients cannot read" for value in new_ones)


def _bounds(old: Json, new: Json, where: str) -> Iterator[str]:
    for names, is_tighter in ((LOWER, operator.gt), (UPPER, operator.lt)):
        for name in names:
            if name in new and (name not in old or is_tighter(new[name], old[name])):
                yield f"{where}: {name} is {new[name]} now"
    if "pattern" in new and new["pattern"] != old.get("pattern"):
        yield f"{where}: has another pattern"
