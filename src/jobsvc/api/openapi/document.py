"""The OpenAPI 3.1 document of a generation: what the framework finds, put right where the service differs from its habits."""

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from jobsvc.api.body import RequestBody
from jobsvc.api.generations import Generation
from jobsvc.api.openapi.operations import complete
from jobsvc.api.openapi.schemas import tidy
from jobsvc.api.permissions import requirement_of
from jobsvc.api.query import QueryReader
from jobsvc.api.responses import Reference, reference
from jobsvc.domain.access import Permission

Json = dict[str, Any]
REFERENCE = "#/components/schemas/{model}"
AUTOMATIC = ("HTTPValidationError", "ValidationError")
"""Schemas of the framework's own answer to a request that it cannot understand."""
DESCRIPTION = (
    "Queues, runs, lists, inspects, cancels and requeues batch jobs and serves their execution logs.\n\n"
    "Times are ISO-8601 in UTC, sizes of files are bytes, amounts of memory and disk MiB. Every error is a `Problem`. "
    "Responses may gain members at any time; existing members stay."
)
CONTACT = {"name": "The operators of this service"}
LICENSE = {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"}
TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "One of the installation's tokens, or one that its provider of identities has issued (JWT). Which permission "
    "an operation takes is said by its `x-permission`. Where no credentials are asked for, everybody on the service's host may "
    "call.",
}


@cache
def describe(generation: Generation) -> Json:
    """The document, with paths below the prefix that the generation is described under. Not to be changed by the caller."""
    router = APIRouter()
    router.include_router(generation.router, prefix=generation.prefix)
    _declare_queries(router)
    result = get_openapi(title="jobsvc", version=version("jobsvc"), description=DESCRIPTION, routes=router.routes)
    bodies, access = _bodies(router), _access(router)
    schemas = result["components"]["schemas"] | _described(router, bodies.values())
    return {
        "openapi": result["openapi"],
        "info": result["info"] | {"contact": CONTACT, "license": LICENSE},
        "servers": [{"url": "/", "description": "The URL of the service."}],
        "security": [{}, {"token": []}],
        "tags": [{"name": name, "description": text} for name, text in generation.texts.tags.items()],
        "paths": {
            path: {
                method: complete(operation | access[path, method] | _body(bodies.get((path, method))), generation.texts)
                for method, operation in operations.items()
            }
            for path, operations in result["paths"].items()
        },
        "components": {
            "schemas": {name: tidy(schemas[name]) for name in sorted(schemas) if name not in AUTOMATIC},
            "securitySchemes": {"token": TOKEN},
        },
    }


def _declare_queries(router: APIRouter) -> None:
    """Tell the framework of the parameters that handlers have read for them."""
    for route in iter_route_contexts(router.routes):
        for item in _all_below(route.dependant):
            if isinstance(item.call, QueryReader):
                item.query_params = item.call.documented.query_params


def _all_below(dependant: Dependant) -> Iterator[Dependant]:
    for item in dependant.dependencies:
        yield item
        yield from _all_below(item)


def _bodies(router: APIRouter) -> dict[tuple[str, str], type[RequestBody]]:
    """The models that handlers take, by path and method."""
    return {
        (route.path_format or "", method.lower()): model
        for route in iter_route_contexts(router.routes)
        if (model := body_of(route.dependant)) is not None
        for method in route.methods or ()
    }


def _access(router: APIRouter) -> dict[tuple[str, str], Json]:
    """What the operations ask of their callers, by path and method."""
    return {
        (route.path_format or "", method.lower()): _permission(requirement_of(route).permission)
        for route in iter_route_contexts(router.routes)
        for method in route.methods or ()
    }


def _permission(permission: Permission | None) -> Json:
    return {"security": []} if permission is None else {"x-permission": permission.value}


def body_of(dependant: Dependant) -> type[RequestBody] | None:
    """The model of the body that a handler with these dependencies reads, if it reads one."""
    readers = (getattr(item.call, "__self__", None) for item in dependant.dependencies)
    return next((model for model in readers if isinstance(model, type) and issubclass(model, RequestBody)), None)


def _body(model: type[RequestBody] | None) -> Json:
    if model is None:
        return {}
    return {"requestBody": {"required": model.is_required, "content": {"application/json": {"schema": reference(model)}}}}


def _described(router: APIRouter, bodies: Iterable[type[BaseModel]]) -> Json:
    """Schemas of bodies that handlers read and write themselves, so that the framework does not meet them."""
    written = (
        reference.model
        for route in iter_route_contexts(router.routes)
        for reference in _references(getattr(route, "responses", None))
    )
    ordered = sorted({*written, *bodies}, key=lambda model: model.__name__)
    _, definitions = models_json_schema([(model, "validation") for model in ordered], ref_template=REFERENCE)
    schemas: Json = definitions.get("$defs", {})
    return schemas


def _references(value: object) -> Iterator[Reference]:
    if isinstance(value, Reference):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _references(inner)
