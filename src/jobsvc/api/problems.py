"""The body of error responses: JSON `{"detail": "...", "request_id": "..."}`, or its text alone where old clients prefer that."""

import re

from fastapi import Request, Response
from starlette.types import Scope

from jobsvc.api.context import json_response
from jobsvc.api.request_ids import id_in
from jobsvc.api.urls import generation_of

PLAIN = "text/plain"
PLAIN_UNDER = frozenset({"", "/v3", "/v4", "/v5"})
"""Prefixes of the generation whose documents promise errors in plain text (docs/spec/decisions.md#error-bodies)."""
QUALITY = re.compile(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", re.IGNORECASE)


def problem_response(
    scope: Scope, detail: str, status: int, headers: dict[str, str] | None = None, **members: object
) -> Response:
    """An error, in the form that suits the client; `members` stand beside its text."""
    request = Request(scope)
    if generation_of(request) in PLAIN_UNDER and prefers_plain(request.headers.get("accept", "*/*")):
        return Response(detail, status, headers, media_type=PLAIN)
    return json_response({"detail": detail, "request_id": id_in(scope), **members}, status, headers)


def prefers_plain(accept: str) -> bool:
    """Whether an `Accept` header wants plain text more than JSON."""
    ranges = dict(media_range(part) for part in accept.split(","))
    return _quality(ranges, PLAIN) > _quality(ranges, "application/json")


def _quality(ranges: dict[str, float], media_type: str) -> float:
    """How much a media type is wanted: what the narrowest range says that covers it (RFC 9110, section 12.5.1)."""
    covering = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    return next((ranges[name] for name in covering if name in ranges), 0.0)


def by_preference(accept: str) -> list[str]:
    """The media types of an `Accept` header, those wanted most first; an empty one wants anything."""
    ranges = [media_range(part) for part in (accept.strip() or "*/*").split(",")]
    return [name for name, quality in sorted(ranges, key=lambda item: -item[1]) if quality > 0]


def media_range(part: str) -> tuple[str, float]:
    """One part of an `Accept` header: the media type, and how much it is wanted (0 to 1)."""
    name, *parameters = part.split(";")
    result = (QUALITY.fullmatch(parameter) for parameter in parameters)
    return name.strip().lower(), next((float(match[1]) for match in result if match), 1.0)
