"""The OpenAPI document: what the framework finds, put right where the service differs from the framework's habits."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from jobsvc.api.v6.documents import DESCRIBED

Json = dict[str, Any]
REFERENCE = "#/components/schemas/{model}"
AUTOMATIC = ("HTTPValidationError", "ValidationError")
"""Schemas of the answer 422 that the framework would give to a request it cannot understand; here that is 400."""


def install(app: FastAPI) -> None:
    """Let the application describe itself by this document."""
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]


def describe(app: FastAPI) -> Json:
    """The document, made once for an application."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas: Json = document["components"]["schemas"]
        schemas |= _described()
        for name in AUTOMATIC:
            schemas.pop(name, None)
        for operations in document["paths"].values():
            for operation in operations.values():
                _drop_automatic(operation)
        document["components"]["schemas"] = dict(sorted(schemas.items()))
        app.openapi_schema = document
    return app.openapi_schema


def _described() -> Json:
    """Schemas of bodies that handlers read and write themselves, so that the framework does not meet them."""
    _, definitions = models_json_schema([(model, "validation") for model in DESCRIBED], ref_template=REFERENCE)
    schemas: Json = definitions["$defs"]
    return schemas


def _drop_automatic(operation: Json) -> None:
    answer = operation["responses"].get("422", {})
    if AUTOMATIC[0] in str(answer.get("content", "")):
        del operation["responses"]["422"]


def part(document: Json, prefix: str) -> Json:
    """The document of one generation: the paths below its prefix."""
    paths = {path: operations for path, operations in document["paths"].items() if path.startswith(f"{prefix}/")}
    return document | {"paths": paths}
