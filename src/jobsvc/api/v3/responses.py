"""How operations of v3 are described: the errors can be had as plain text as well (docs/spec/services/README.md#v3)."""

from typing import Any

from pydantic import BaseModel

from jobsvc.api import responses as shared
from jobsvc.api.problems import PLAIN

Json = dict[str, Any]


def responses(
    model: type[BaseModel] | None, text: str, *errors: int, status: int = 200, headers: Json | None = None
) -> dict[int | str, Json]:
    """The `responses` of an operation: its result, and every error that it can have."""
    result = shared.responses(model, text, *errors, status=status, headers=headers)
    return {code: _also_plain(answer) if int(code) >= shared.FIRST_ERROR else answer for code, answer in result.items()}


def _also_plain(answer: Json) -> Json:
    """The text of `detail`, for clients that prefer it to JSON."""
    return answer | {"content": answer.get("content", {}) | {PLAIN: {"schema": {"type": "string"}}}}
