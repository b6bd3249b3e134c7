"""What all pages have in common: their frame, their headers, and what becomes of an answer that is a problem."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from jobsvc.api.urls import own_path
from jobsvc.console import rendering
from jobsvc.console.calling import Api, Call, Refused
from jobsvc.console.session import authorization_of, is_own_page, prefix_of

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
UNAUTHORIZED, FORBIDDEN, SEE_OTHER = 401, 403, 303
LONGEST_FORM = 4 * 2**20
"""Bytes: a manifest is in it, at most."""
PROFILE = "/v6/accounts/profile/"
THEMES = ("light", "dark")

Handler = Callable[[Request, Api], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def page(handler: Handler) -> Endpoint:
    """A page whose handler asks the API; when that refuses, the page says why, or how to sign in."""

    async def endpoint(request: Request) -> Response:
        async with Api(request) as api:
            try:
                if request.method == "POST":
                    require_own_page(request, api)
                return await handler(request, api)
            except Refused as refused:
                return await _refused(request, api, refused)

    return endpoint


async def render(request: Request, api: Api, template: str, code: int = 200, **context: Any) -> Response:
    """A page for the user who calls; `context` is what its template shows."""
    calls = list(api.calls)
    frame = frame_of_user(request, api, await api.get(PROFILE), calls)
    return HTMLResponse(_environment().get_template(template).render(frame | context), code, HEADERS)


def frame_of_user(request: Request, api: Api, user: Mapping[str, Any], calls: Sequence[Call]) -> dict[str, Any]:
    """What every page shows to a user: who it is, where the pages are, and how what it shows is had without them."""
    root = prefix_of(request)
    return {
        "root": root,
        "home": f"{root}/console/",
        "here": own_path(request.scope).removeprefix("/console/"),
        "query": request.url.query,
        "user": user["username"],
        "permissions": user["permissions"],
        "is_signed_in": bool(authorization_of(request)),
        "theme": theme_of(request),
        "base": api.base,
        "calls": [call for call in calls if call.method == "GET"],
    }


def require_own_page(request: Request, api: Api) -> None:
    """Raise Refused when a page of somebody else has sent a form."""
    if not is_own_page(request, api.base):
        raise Refused(FORBIDDEN, "This form was not sent by a page of this service.")


def to(request: Request, address: str) -> Response:
    """Lead the browser to another page of the console, by a GET."""
    return RedirectResponse(f"{prefix_of(request)}/console/{address}", SEE_OTHER, HEADERS)


def number_or_text(text: str) -> int | str:
    """A field as the number that it is; what is none is left for the API to judge."""
    return int(text) if text.isdecimal() else text


async def form_of(request: Request) -> list[tuple[str, str]]:
    """The fields of a form that was sent; raises Refused."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_FORM:
            raise Refused(413, "The form is too large.")
    try:
        return parse_qsl(body.decode(), keep_blank_values=True)
    except ValueError as exc:
        raise Refused(400, "The form cannot be read.") from exc


def theme_of(request: Request) -> str:
    """What the user has chosen, or nothing: then the browser knows."""
    chosen = request.cookies.get("jobsvc_theme", "")
    return chosen if chosen in THEMES else ""


def frame_of_stranger(request: Request, **context: Any) -> dict[str, Any]:
    """What a page shows that is made without the API."""
    root = prefix_of(request)
    return {"root": root, "home": f"{root}/console/", "theme": theme_of(request), "here": "", "calls": [], **context}


def bare(request: Request, template: str, code: int, **context: Any) -> Response:
    """A page for somebody of whom nothing is known."""
    text = _environment().get_template(template).render(frame_of_stranger(request, **context))
    return HTMLResponse(text, code, HEADERS)


async def _refused(request: Request, api: Api, refused: Refused) -> Response:
    """Say why, to a user with the way to other pages; who is nobody yet is asked to sign in."""
    user = await _user_of(api)
    if refused.status in {UNAUTHORIZED, FORBIDDEN} and user is None:
        back = urlencode({"next": _address(request)})
        return to(request, f"sign-in/?{back}")
    context = {"detail": refused.detail, "status": refused.status}
    if user is None:
        return bare(request, "problem.html", refused.status, **context)
    frame = frame_of_user(request, api, user, ())
    return HTMLResponse(_environment().get_template("problem.html").render(frame | context), refused.status, HEADERS)


async def _user_of(api: Api) -> Mapping[str, Any] | None:
    try:
        user: Mapping[str, Any] = await api.get(PROFILE)
    except Refused:
        return None
    return user


def _address(request: Request) -> str:
    if request.method != "GET":
        return ""
    address = own_path(request.scope).removeprefix("/console/")
    return f"{address}?{request.url.query}" if request.url.query else address


@cache
def _environment() -> Environment:
    return rendering.environment()
