"""OpenAPI 3.1 in the words of 3.0, for generators that know no other."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from jobsvc.api.openapi.schemas import NULL, rebuilt, without_null

Json = dict[str, Any]
Schemas = Mapping[str, Json]
VERSION = "3.0.3"
REFERENCE = "#/components/schemas/"


def downgrade(document: Json) -> Json:
    """The same document for readers of OpenAPI 3.0; the given one is not changed."""
    changed: Json = _walk(document, partial(_schema, document.get("components", {}).get("schemas", {})))
    return changed | {"openapi": VERSION}


def _walk(value: Any, change: Callable[[Json], Json], name: str = "") -> Any:
    """Every schema of the document rewritten; what is an example stays as it is."""
    if name in {"example", "examples"}:
        return value
    if name == "schema":
        return rebuilt(value, change)
    if name == "schemas":
        return {item: rebuilt(schema, change) for item, schema in value.items()}
    if isinstance(value, dict):
        return {key: _walk(inner, change, key) for key, inner in value.items()}
    return [_walk(inner, change) for inner in value] if isinstance(value, list) else value


def _schema(schemas: Schemas, schema: Json) -> Json:
    schema = _with_exclusive(_with_example(_nullable(schemas, schema)))
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    if "$ref" in schema and len(schema) > 1:
        # Beside a reference 3.0 ignores everything.
        schema = {"allOf": [{"$ref": schema["$ref"]}], **{key: value for key, value in schema.items() if key != "$ref"}}
    return {key: value for key, value in schema.items() if key not in {"propertyNames", "$schema", "$id", "$comment"}}


def _nullable(schemas: Schemas, schema: Json) -> Json:
    """In 3.0 null is no type, but a property of one, which counts only where the type is said."""
    value, is_nullable = without_null(schema)
    if is_nullable:
        return _typed(schemas, value) | {"nullable": True}
    if schema == NULL:
        return {"type": "object", "enum": [None], "nullable": True}
    if not isinstance(schema.get("type"), list):
        return dict(schema)
    kinds = [kind for kind in schema["type"] if kind != "null"]
    others = {key: item for key, item in schema.items() if key != "type"}
    nullable = {"nullable": True} if "null" in schema["type"] else {}
    choices = [{"type": kind} | nullable for kind in kinds]
    return others | (choices[0] if len(choices) == 1 else {"anyOf": choices})


def _typed(schemas: Schemas, schema: Json) -> Json:
    """The schema with the type of what it refers to."""
    of = schemas.get(str(schema.get("$ref", "")).removeprefix(REFERENCE), {})
    return {"type": of["type"]} | schema if isinstance(of.get("type"), str) else schema


def _with_example(schema: Json) -> Json:
    if "examples" in schema:
        schema["example"] = schema.pop("examples")[0]
    return schema


def _with_exclusive(schema: Json) -> Json:
    """An exclusive bound is a number in 3.1, and in 3.0 a property of the bound."""
    for bound in ("Minimum", "Maximum"):
        exclusive = schema.get(f"exclusive{bound}")
        if exclusive is not None and not isinstance(exclusive, bool):
            schema |= {bound.lower(): exclusive, f"exclusive{bound}": True}
    return schema
