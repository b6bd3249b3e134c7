"""What OpenAPI documents say of operations: routers call `responses`, a generation adds its metadata."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from jobsvc.api.models import ExpiredPosition, Problem

Json = dict[str, Any]

PROBLEMS = {
    400: ("The request is invalid; `detail` names the member.", "job_id: must be an integer"),
    401: (
        "A token is not valid, or none was sent; `WWW-Authenticate` says what is wrong with it.",
        "Authentication credentials were not provided or are not valid (Authorization: Bearer <token>).",
    ),
    403: (
        "No valid credentials were sent, they do not allow this, or the request came from a page of another origin.",
        "Authentication credentials were not provided or are not valid (Authorization: Bearer <token>).",
    ),
    404: ("Resource or page not found.", "Invalid page."),
    406: ("None of the accepted media types is available.", "Logs are available as application/json, text/plain and text/html."),
    409: (
        "The request conflicts with the stored state.",
        "expected_count: the filter selects 3 jobs, not 2; nothing was changed.",
    ),
    410: (
        "Events behind the position are not kept any more; `earliest` is a position from which on all are.",
        "after: events behind this position are not kept any more; the earliest position is 41200.",
    ),
    413: ("The body is too large.", "The body is larger than 10485760 bytes."),
    415: ("The body is not JSON.", "The body must be sent as application/json."),
    416: ("The range begins after the end of the file.", "Range: begins after the end of the file."),
    422: (
        "The `Idempotency-Key` was used before with a different body.",
        "Idempotency-Key: the key was used before with another body.",
    ),
    429: (
        "The caller has sent too many requests, or too many wrong tokens came from its address.",
        "jane has sent more than 600 requests in a minute. Try again after 3 s.",
    ),
    500: ("Internal server error.", "The service failed; its log says why."),
    503: (
        "The database, the log store, containers or the provider of identities cannot be reached; try again after `Retry-After`.",
        "The log store cannot be reached; try again.",
    ),
    507: ("A workspace cannot be read or written.", "'/data/a.txt' cannot be written: No space left on device."),
}
"""What an error means, and what its `detail` may say."""
REQUEST_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
ALWAYS = (400, 401, 403, 429, 500, 503)
FIRST_ERROR = 400


def header(text: str, kind: str = "string", **more: str) -> Json:
    """A header of an answer."""
    return {"description": text, "schema": {"type": kind, **more}}


LOCATION = {"Location": header("The URL of the created resource.", format="uri")}
REPLAYED = {"Idempotent-Replayed": header("`true` when the request was a repetition and nothing new was created.")}
CHALLENGE = {"WWW-Authenticate": header("What credentials are to be sent.")}
RETRY_AFTER = {"Retry-After": header("Seconds until the request should be tried again.", "integer")}
LIMITED = RETRY_AFTER | {
    "RateLimit-Policy": header("How many requests a caller may send (`q`) in so many seconds (`w`)."),
    "RateLimit": header("How many are left (`r`), and seconds until all are there again (`t`)."),
}
MAKES = (201, 202)
"""The statuses that say where the new thing is."""


@dataclass(frozen=True, eq=False)
class OpenApiMetadata:
    """What the document of a generation says beside what its routers say.

    `tags`: what belongs to a tag. `path_parameters`: texts by name. `examples`: for each operation the body of its
    request (`"request"`) and of its answers by status. `links`: for each operation what can be done with its answer.
    """

    tags: Mapping[str, str] = field(default_factory=dict)
    path_parameters: Mapping[str, str] = field(default_factory=dict)
    examples: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    links: Mapping[str, Json] = field(default_factory=dict)


class Reference(dict[str, str]):
    """A reference to the schema of a model that the framework does not meet by itself."""

    def __init__(self, model: type[BaseModel]) -> None:
        super().__init__({"$ref": f"#/components/schemas/{model.__name__}"})
        self.model = model


def responses(
    model: type[BaseModel] | None, text: str, *errors: int, status: int = 200, headers: Json | None = None
) -> dict[int | str, Json]:
    """The `responses` of an operation: its result, and every error that it can have."""
    return success(model, text, status, headers) | {code: _problem(code) for code in sorted({*ALWAYS, *errors})}


def success(model: type[BaseModel] | None, text: str, status: int = 200, headers: Json | None = None) -> dict[int | str, Json]:
    """One answer that is no error; what was made is named by `Location`."""
    good: Json = {"description": text}
    if model is not None:
        good["model"] = model
    result = {**(LOCATION if status in MAKES else {}), **(headers or {})}
    return {status: good | ({"headers": result} if result else {})}


def _problem(code: int) -> Json:
    text, detail = PROBLEMS[code]
    # Named here, not given as a `model`: the framework would put it under the media type of the operation's success.
    is_expired = code == 410  # noqa: PLR2004
    example = {"detail": detail, "request_id": REQUEST_ID} | ({"earliest": 41200} if is_expired else {})
    body = {"schema": reference(ExpiredPosition if is_expired else Problem), "example": example}
    problem: Json = {"description": text, "content": {"application/json": body}}
    headers = {401: CHALLENGE, 429: LIMITED, 503: RETRY_AFTER}.get(code)
    return problem | ({"headers": headers} if headers else {})


def reference(model: type[BaseModel]) -> Reference:
    """A reference to a schema that the framework does not meet by itself; the document will hold it."""
    return Reference(model)
