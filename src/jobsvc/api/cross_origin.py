"""What web pages of other origins may read and send (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol)."""

from collections.abc import Collection

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
SHOWN = (
    "Accept-Ranges",
    "Content-Disposition",
    "Content-Range",
    "Deprecation",
    "ETag",
    "Idempotent-Replayed",
    "Link",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "WWW-Authenticate",
    "X-Log-Complete",
    "X-Request-Id",
)
"""The headers of answers that a script may read beside those that it always may."""
REMEMBERED_SECONDS = 600
"""How long a browser need not ask again whether it may send a request."""


class CrossOriginMiddleware(CORSMiddleware):
    """Lets scripts of these origins call the API with credentials of their own: no cookies are sent along."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        super().__init__(
            app,
            allow_origins=tuple(origins),
            allow_methods=METHODS,
            allow_headers=("*",),
            expose_headers=SHOWN,
            max_age=REMEMBERED_SECONDS,
        )
