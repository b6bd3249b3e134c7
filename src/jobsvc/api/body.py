"""Request bodies: JSON objects whose members may also stand in the query (docs/spec/behaviour/conventions.md)."""

import asyncio
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Self, TypeVar, Union, get_args, get_origin

from fastapi import HTTPException, Request
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from jobsvc.api.context import services_of
from jobsvc.api.encodings import decoded
from jobsvc.domain import json_text
from jobsvc.domain.errors import InvalidRequest

ModelT = TypeVar("ModelT", bound=BaseModel)
OBJECTS = {"dict_type", "model_type", "model_attributes_type"}
"""What pydantic says of a value that is no object."""
PLAIN = {int, str, bool}
LARGE_BYTES = 64 * 1024
ANNOUNCING = ("Content-Length", "Transfer-Encoding", "Content-Encoding")


async def read_bytes(request: Request) -> bytes:
    """The body, decoded; 413 when it is larger than the operator allows."""
    limit = services_of(request).options.max_body_bytes
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise _too_large(limit)
    body = bytearray()
    async for chunk in decoded(request):
        body += chunk
        if len(body) > limit:
            raise _too_large(limit)
    return bytes(body)


def _too_large(limit: int) -> HTTPException:
    return HTTPException(413, f"The body is larger than {limit} bytes.")


async def read_written(request: Request) -> dict[str, Any] | None:
    """The body's JSON object, None when there is no body.

    Raises:
        InvalidRequest: There is none although the headers announce one: it was lost on its way.
    """
    body = await read_bytes(request)
    if not body.strip():
        require_none_announced(request)
        return None
    if not _is_json(request.headers.get("content-type", "application/json")):
        raise HTTPException(415, "The body must be sent as application/json.")
    # The event loop has others to serve while a large text is parsed.
    document = parse_json(body) if len(body) < LARGE_BYTES else await asyncio.to_thread(parse_json, body)
    if not isinstance(document, dict):
        raise InvalidRequest("The body must be a JSON object.")
    return document


def parse_json(body: bytes) -> Any:
    """What a JSON text says.

    Raises:
        InvalidRequest: For all that two readers could understand in different ways.
    """
    try:
        return json_text.parse_json(body)
    except ValueError as exc:
        raise InvalidRequest(f"JSON parse error - {exc}") from exc


def validated(model: type[ModelT], members: dict[str, Any]) -> ModelT:
    """The members as a model.

    Raises:
        InvalidRequest: The text names what is wrong.
    """
    try:
        return model.model_validate(members)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
        text = _sentence(first)
        raise InvalidRequest(f"{path}: {text}." if path else f"{text}.") from exc


def _sentence(problem: ErrorDetails) -> str:
    """What is wrong, where Pydantic would name a class of ours, or say of a text that it has items."""
    if problem["type"] in OBJECTS:
        return "must be an object"
    sizes = problem.get("ctx", {})
    if problem["type"] == "too_long" and sizes["field_type"] == "Value":
        return f"has {sizes['actual_length']} characters; {sizes['max_length']} are allowed"
    return problem["msg"].removeprefix("Value error, ")


@cache
def _plain_members(model: type[BaseModel]) -> dict[str, bool]:
    """The members that a query can hold, and whether they take many values: numbers, texts, flags, and lists of them."""
    kinds = {name: _without_none(field.annotation) for name, field in model.model_fields.items()}
    inner = {name: _without_none(get_args(kind)[0]) if get_origin(kind) is list else kind for name, kind in kinds.items()}
    return {name: inner[name] is not kind for name, kind in kinds.items() if inner[name] in PLAIN}


def _without_none(annotation: Any) -> Any:
    """The type without its None, and without what is said of it."""
    if get_origin(annotation) is Annotated:
        return _without_none(get_args(annotation)[0])
    if get_origin(annotation) in {Union, UnionType}:
        return _without_none(next(item for item in get_args(annotation) if item is not NoneType))
    return annotation


class RequestBody(BaseModel):
    """The members of a request's body: this one model is read, and documented.

    A handler takes it as `Annotated[Model, Depends(Model.read)]`, of which the OpenAPI document of the operation is made.
    Unknown members are ignored, null means absent. What is read leniently is so by the types of `fields`.
    """

    model_config = ConfigDict(extra="ignore")
    is_required: ClassVar[bool] = True
    """Whether clients have to send one."""
    keeps_null: ClassVar[bool] = False
    """Whether null is a value, and no absent member."""
    reads_query: ClassVar[bool] = False
    """Whether plain members may also stand in the query, where they come first."""

    @classmethod
    async def read(cls, request: Request) -> Self:
        """Read the request.

        Raises:
            InvalidRequest: The text names what is wrong.
        """
        written, queried = await cls.members(request)
        return validated(cls, (written or {}) | queried)

    @classmethod
    async def members(cls, request: Request) -> tuple[dict[str, Any] | None, dict[str, Any]]:
        """The members of the body, None without a body, and those of the query: all values of a list, the last of a scalar."""
        written = await read_written(request)
        if written is not None and not cls.keeps_null:
            written = {name: value for name, value in written.items() if value is not None}
        plain, query = _plain_members(cls) if cls.reads_query else {}, request.query_params
        queried = {name: query.getlist(name) if many else query[name] for name, many in plain.items() if name in query}
        return written, queried


class StrictRequestBody(RequestBody):
    """A body in which no other members are accepted."""

    model_config = ConfigDict(extra="forbid")


def require_none_announced(request: Request) -> None:
    """Raise InvalidRequest when headers say that there is one: its media type is JSON, its length is not 0, or it is framed."""
    headers = request.headers
    announcing = [name for name in ANNOUNCING if headers.get(name, "0").strip() not in {"", "0"}]
    if _is_json(headers.get("content-type", "")):
        announcing.append("Content-Type")
    if announcing:
        what = ", ".join(announcing)
        raise InvalidRequest(f"The request has no body although it announces one ({what}). Send {{}} for an empty one.")


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")
