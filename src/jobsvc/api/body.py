"""Request bodies: JSON objects whose members may also stand in the query (docs/spec/behaviour/conventions.md)."""

from collections.abc import Container, Iterable
from typing import Any, TypeVar

from fastapi import HTTPException, Request
from pydantic import BaseModel, ValidationError

from jobsvc.api.context import services_of
from jobsvc.api.encodings import decoded
from jobsvc.domain import json_text
from jobsvc.domain.errors import InvalidRequest

ModelT = TypeVar("ModelT", bound=BaseModel)
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


async def read_object(request: Request, *, keep_null: bool = False) -> dict[str, Any]:
    """The body's JSON object; no body counts as an empty one, null members as absent unless they are kept.

    Raises InvalidRequest when there is none although the headers announce one: it was lost on its way.
    """
    return await _read_written(request, keep_null=keep_null) or {}


async def _read_written(request: Request, *, keep_null: bool) -> dict[str, Any] | None:
    """The same; None when there is no body."""
    body = await read_bytes(request)
    if not body.strip():
        _require_none_announced(request)
        return None
    if not _is_json(request.headers.get("content-type", "application/json")):
        raise HTTPException(415, "The body must be sent as application/json.")
    document = parse_json(body)
    if not isinstance(document, dict):
        raise InvalidRequest("The body must be a JSON object.")
    return {name: value for name, value in document.items() if keep_null or value is not None}


def parse_json(body: bytes) -> Any:
    """What a JSON text says; raises InvalidRequest for all that two readers could understand in different ways."""
    try:
        return json_text.parse_json(body)
    except ValueError as exc:
        raise InvalidRequest(f"JSON parse error - {exc}") from exc


async def read_members(
    request: Request,
    lists: Iterable[str] = (),
    scalars: Iterable[str] = (),
    *,
    keep_null: bool = False,
    selects: Container[str] | None = None,
) -> dict[str, Any]:
    """The same, with the named parameters of the query put over the members: all values of a list, the last of a scalar.

    Where members select things, raises InvalidRequest when neither a body is written out nor one of `selects` in the query.
    """
    members = await _read_written(request, keep_null=keep_null)
    query = request.query_params
    named: dict[str, Any] = {name: query.getlist(name) for name in lists if name in query}
    named |= {name: query[name] for name in scalars if name in query}
    if members is None and selects is not None and not any(name in selects for name in named):
        raise InvalidRequest("The request has no body and selects nothing. Send filters, or {} to select every job.")
    return (members or {}) | named


async def read_model(request: Request, model: type[ModelT], *, keep_null: bool = False) -> ModelT:
    """The body as a model."""
    return validated(model, await read_object(request, keep_null=keep_null))


def validated(model: type[ModelT], members: dict[str, Any]) -> ModelT:
    """The members as a model; raises InvalidRequest that names what is wrong."""
    try:
        return model.model_validate(members)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
        raise InvalidRequest(f"{path}: {first['msg'].removeprefix('Value error, ')}.") from exc


def _require_none_announced(request: Request) -> None:
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
