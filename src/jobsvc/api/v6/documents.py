"""How operations are described in the OpenAPI document."""

from typing import Any

from pydantic import BaseModel

from jobsvc.api.v6.schemas.common import Problem

TEXTS = {
    400: "The request cannot be understood; `detail` names the member.",
    403: "No valid token was sent, or a page of another origin asks.",
    404: "There is no such thing, or no such page of it.",
    406: "None of the accepted media types can be given.",
    409: "The request contradicts what is stored.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    416: "The range begins behind the end of the file.",
    422: "The `Idempotency-Key` was used before with another body.",
    500: "The service failed.",
    503: "The database or the log store cannot be reached; try again after `Retry-After` seconds.",
    507: "A workspace cannot be read or written.",
}
ALWAYS = (400, 403, 500, 503)
DESCRIBED: list[type[BaseModel]] = []
"""Models that are referred to by name alone; `api/openapi.py` adds their schemas."""


def answers(model: type[BaseModel] | None, text: str, *errors: int, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an operation: what it gives, and every error that it can give."""
    good: dict[str, Any] = {"description": text}
    if model is not None:
        good["model"] = model
    problems: dict[int | str, dict[str, Any]] = {
        code: {"model": Problem, "description": TEXTS[code]} for code in sorted({*ALWAYS, *errors})
    }
    return {status: good, **problems}


def takes(model: type[BaseModel], *, required: bool = True) -> dict[str, Any]:
    """The request body of an operation that reads it itself."""
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": reference(model)}}}}


def reference(model: type[BaseModel]) -> dict[str, str]:
    """A reference to a schema that the framework does not meet by itself."""
    if model not in DESCRIBED:
        DESCRIBED.append(model)
    return {"$ref": f"#/components/schemas/{model.__name__}"}
