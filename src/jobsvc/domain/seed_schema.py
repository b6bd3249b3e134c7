"""The JSON Schema of a Seed manifest 1.0.0; its defaults are what `normalise` writes into a manifest."""

from typing import Any

Schema = dict[str, Any]

# Expressions end in \Z, as in Python `$` also matches before a last newline. Names become directories.
_NAME: Schema = {"type": "string", "pattern": r"^[A-Za-z0-9_-]+\Z", "maxLength": 250}
_JOB_NAME: Schema = {"type": "string", "pattern": r"^[A-Za-z0-9-]+\Z", "maxLength": 250}
_NUMBER = r"(0|[1-9][0-9]*)"
_LABELS = r"[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*"
_SEMANTIC_VERSION: Schema = {
    "type": "string",
    "maxLength": 250,
    "pattern": rf"^{_NUMBER}\.{_NUMBER}\.{_NUMBER}(-{_LABELS})?(\+{_LABELS})?\Z",
}
_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_TRUE: Schema = {"type": "boolean", "default": True}
_FALSE: Schema = {"type": "boolean", "default": False}
_JSON_TYPE: Schema = {"enum": ["array", "boolean", "integer", "number", "object", "string"]}
# Bounded so that no computed amount can overflow.
_AMOUNT: Schema = {"type": "number", "minimum": 0, "maximum": 1e12}
# Stored in a 32-bit column.
_SECONDS: Schema = {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1}


def _object(required: dict[str, Schema], optional: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": required | optional,
        "required": list(required),
        "additionalProperties": False,
    }


def _list_of(required: dict[str, Schema], optional: dict[str, Schema]) -> Schema:
    return {"type": "array", "items": _object(required, optional)}


_INPUTS = _object(
    {},
    {
        "files": _list_of(
            {"name": _NAME},
            {
                "required": _TRUE,
                "multiple": _FALSE,
                "partial": _FALSE,
                "mediaTypes": _TEXTS | {"default": []},
            },
        ),
        "json": _list_of({"name": _NAME, "type": _JSON_TYPE}, {"required": _TRUE}),
    },
)

_OUTPUTS = _object(
    {},
    {
        "files": _list_of(
            {"name": _NAME, "pattern": _TEXT},
            {
                "mediaType": _TEXT | {"default": "application/octet-stream"},
                "multiple": _FALSE,
                "required": _TRUE,
            },
        ),
        "json": _list_of({"name": _NAME, "type": _JSON_TYPE}, {"key": _TEXT, "required": _TRUE}),
    },
)

_INTERFACE = _object(
    {},
    {
        "command": _TEXT,
        "inputs": _INPUTS,
        "outputs": _OUTPUTS,
        "mounts": _list_of(
            {"name": _NAME, "path": {"type": "string", "pattern": "^/"}},
            {"mode": {"enum": ["ro", "rw"], "default": "ro"}},
        ),
        "settings": _list_of({"name": _NAME}, {"secret": _FALSE}),
    },
)

_SCALAR_RESOURCES = _list_of({"name": _NAME, "value": _AMOUNT}, {"inputMultiplier": _AMOUNT})
# A graphics processor is given to a job as a whole.
_SCALAR_RESOURCES["items"] |= {
    "if": {"properties": {"name": {"pattern": r"^[Gg][Pp][Uu][Ss]\Z"}}},
    "then": {"properties": {"value": {"multipleOf": 1}}},
}

_ERRORS = _list_of(
    {"code": {"type": "integer"}, "name": _NAME},
    {"title": _TEXT, "description": _TEXT, "category": {"enum": ["job", "data"], "default": "job"}},
)

_JOB = _object(
    {
        "name": _JOB_NAME,
        "jobVersion": _SEMANTIC_VERSION,
        "packageVersion": _SEMANTIC_VERSION,
        "title": _TEXT,
        "description": _TEXT,
        "maintainer": _object({"name": _TEXT, "email": _TEXT}, {"organization": _TEXT, "url": _TEXT, "phone": _TEXT}),
        "timeout": _SECONDS,
    },
    {
        "tags": _TEXTS,
        "resources": _object({}, {"scalar": _SCALAR_RESOURCES}),
        "interface": _INTERFACE,
        "errors": _ERRORS,
    },
)

SEED_SCHEMA: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **_object({"seedVersion": {"const": "1.0.0"}, "job": _JOB}, {}),
}
