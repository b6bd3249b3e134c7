"""JSON values as the domain sees them, and their type names in Seed."""

from enum import StrEnum
from typing import TypeAlias

from pydantic import JsonValue

JsonObject: TypeAlias = dict[str, JsonValue]

_PYTHON_TYPES: dict[str, type | tuple[type, ...]] = {
    "array": list,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "object": dict,
    "string": str,
}


class JsonType(StrEnum):
    """The type of a JSON input or output in a Seed manifest."""

    ARRAY = "array"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    OBJECT = "object"
    STRING = "string"

    def accepts(self, value: JsonValue) -> bool:
        """Whether `value` is of this type: `true` is no number, `1.0` no integer and null nothing at all."""
        if isinstance(value, bool):
            return self is JsonType.BOOLEAN
        return isinstance(value, _PYTHON_TYPES[self])
