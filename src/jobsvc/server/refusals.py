"""Answers of the server itself, in the form that all errors have: `{"detail": "...", "request_id": "..."}`."""

from typing import Any

import orjson
import structlog
from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope

from jobsvc import metrics
from jobsvc.api.request_ids import HEADER, new_id

log = structlog.get_logger(__name__)
TOO_MANY = "The service has as many connections as it takes; try again in a moment."
NOT_HTTP = "This is no request of HTTP/1.1: {}."
HTTP_2 = "This port speaks HTTP/1.1 only, and the connection began with HTTP/2: leave out the option that presumes it."
BROKEN_BODY = "The body does not keep to the form that its headers announce: {}."
TUNNEL = "This is no proxy: nothing is forwarded from here."
TOO_MANY_HEADERS = "The request has more than {} headers."
LONG_HEAD = "The request's headers are longer than {} bytes together."
LONG_LINE = "The request's address is longer than {} bytes; put long lists into the body where the operation takes one."
LONG_FRAMING = "The body consists of little more than chunk sizes, extensions and trailers."
LATE_HEAD = "The request's headers did not arrive within {:.0f} s."
LATE_BODY = "The request's body arrives too slowly."
FAILED = "The service failed, or is being stopped; its log says why."


class Refused(Exception):
    """The request will not be read further; raised through the parser's callbacks."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


def refusal_headers(status: int, body: bytes, request_id: str) -> list[tuple[bytes, bytes]]:
    """The headers of an answer after which the connection is closed."""
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
        (HEADER, request_id.encode()),
    ]
    return [*headers, (b"retry-after", b"1")] if status == 503 else headers  # noqa: PLR2004


def detail_body(detail: str, request_id: str) -> bytes:
    """The body of such an answer."""
    return orjson.dumps({"detail": detail, "request_id": request_id})


def refusing(refused: Refused, *, is_logged: bool) -> ASGI3Application:
    """An application that answers everything in this way, and says so in the log where `is_logged`."""

    async def refuse(scope: Scope, _receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        request_id = new_id()
        metrics.REFUSED.labels(str(refused.status)).inc()
        body = detail_body(refused.detail, request_id)
        headers = refusal_headers(refused.status, body, request_id)
        if is_logged:
            client: Any = scope.get("client") or ("",)
            log.info("request.refused", status=refused.status, problem=refused.detail, client=client[0], request_id=request_id)
        await send({"type": "http.response.start", "status": refused.status, "headers": headers, "trailers": False})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    return refuse
