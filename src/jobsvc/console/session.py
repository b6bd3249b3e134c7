"""Who looks at the pages: a browser cannot send a token with every click, so a cookie holds it.

The cookie is out of the reach of scripts, and no other place reads it: the API itself wants the token in its header, so nothing
that a page of somebody else makes a browser send is believed by it.
"""

import base64
import binascii
import json
import re
import time

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from jobsvc.api.hosts import is_same_origin
from jobsvc.api.urls import base_url

COOKIE = "jobsvc_console"
HOURS = 12
"""How long somebody stays signed in."""
DAY = 86_400
MOST_COOKIE = 3800
"""Characters that browsers keep for certain."""
SIGNED = re.compile(r"[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+")
"""A token that a provider of identities has signed."""
OWN_SITES = frozenset({"same-origin", "none"})


def authorization_of(connection: HTTPConnection) -> str:
    """The header by which the API knows the user, or nothing."""
    sent = connection.headers.get("authorization", "")
    if sent:
        return sent
    kept = connection.cookies.get(COOKIE, "")
    try:
        token = kept if "." in kept else base64.urlsafe_b64decode(kept.encode()).decode()
    except (binascii.Error, UnicodeError):
        return ""
    return f"Bearer {token}" if is_token(token) else ""


def is_token(text: str) -> bool:
    """Whether a text can be a token at all: one that a header can hold."""
    return bool(text) and text.isascii() and text.isprintable()


def sign_in(request: Request, response: Response, token: str) -> None:
    """Let the browser keep the token until it is closed, the token ends, or the time is over."""
    # A signed token fits as it is, and would not in a longer form.
    value = token if SIGNED.fullmatch(token) else base64.urlsafe_b64encode(token.encode()).decode()
    seconds = min(HOURS * 3600, seconds_left(token))
    path = cookie_path(request)
    response.set_cookie(COOKIE, value, seconds, path=path, secure=is_secure(request), httponly=True, samesite="lax")


def seconds_left(token: str) -> int:
    """How long a signed token is valid by what it says, which the API has believed; of others a day."""
    match = SIGNED.fullmatch(token)
    if match is None:
        return DAY
    try:
        end = json.loads(base64.urlsafe_b64decode(f"{match[1]}=="))["exp"]
        return max(1, int(end - time.time()))
    except (binascii.Error, ValueError, TypeError, KeyError, OverflowError):
        return DAY


def is_secure(request: Request) -> bool:
    """Whether the browser comes by https."""
    return base_url(request).startswith("https:")


def sign_out(request: Request, response: Response) -> None:
    """Take the token from the browser."""
    response.delete_cookie(COOKIE, path=cookie_path(request), httponly=True, samesite="lax")


def cookie_path(request: Request) -> str:
    """Where the pages are, as the browser sees it."""
    return f"{prefix_of(request)}/console/"


def prefix_of(request: Request) -> str:
    """The path below which a gateway publishes the service, or nothing."""
    _, _, rest = base_url(request).partition("://")
    _, slash, path = rest.partition("/")
    return f"{slash}{path}".rstrip("/")


def is_own_page(request: HTTPConnection, base: str) -> bool:
    """Whether a change comes from a page of the service: a cookie comes with the forms of others, too."""
    origin = request.headers.get("origin")
    if origin is not None and not is_same_origin(origin, base):
        return False
    return request.headers.get("sec-fetch-site", "none").strip().lower() in OWN_SITES
