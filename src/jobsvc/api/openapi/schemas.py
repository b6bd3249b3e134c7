"""Schemas as generators of clients understand them.

An optional value is `type: [string, "null"]`, or `anyOf` of a reference and null, which all of them read as "X or
nothing". A constant is an enumeration of one value. Titles go: generators name types by them where nothing is to be named.
"""

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
NULL = {"type": "null"}
BOUNDS = {"ge": "minimum", "le": "maximum"}
"""What pydantic calls the bounds of a value that a function of ours reads first."""
FORMATS = {"integer": "int64", "number": "double"}
"""Ids are 64 bits wide, and so is every other number."""


def tidy(schema: Json) -> Json:
    """The schema and all that are in it, in that form."""
    return rebuilt(schema, _tidy_one)


def rebuilt(schema: Json, change: Callable[[Json], Json]) -> Json:
    """The schema with `change` done to itself, and then to every schema inside of the result."""
    changed = dict(change(schema))
    if isinstance(changed.get("properties"), dict):
        changed["properties"] = {name: rebuilt(item, change) for name, item in changed["properties"].items()}
    for name in ("items", "additionalProperties", "not"):
        if isinstance(changed.get(name), dict):
            changed[name] = rebuilt(changed[name], change)
    for name in ("anyOf", "oneOf", "allOf"):
        if name in changed:
            changed[name] = [rebuilt(item, change) for item in changed[name]]
    return changed


def without_null(schema: Json) -> tuple[Json, bool]:
    """What may stand beside null, and whether null may stand at all."""
    choices = schema.get("anyOf", ())
    others = [choice for choice in choices if choice != NULL]
    if len(others) == len(choices) or len(others) != 1:
        return schema, False
    return others[0] | {name: value for name, value in schema.items() if name != "anyOf"}, True


def _tidy_one(schema: Json) -> Json:
    value, is_nullable = without_null(schema)
    if is_nullable and "type" in value:
        return _plain(value) | {"type": [value["type"], "null"]}
    return _plain(schema)


def _plain(schema: Json) -> Json:
    schema = {BOUNDS.get(name, name): value for name, value in schema.items() if name != "title"}
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    if schema.get("type") in FORMATS:
        schema.setdefault("format", FORMATS[schema["type"]])
    # Generators would take a member with a default for one that is always there, and ask for it.
    schema.pop("default", None)
    return schema
