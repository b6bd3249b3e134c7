"""Signing in with a token, and out."""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from jobsvc.api.identity import sign_in_of
from jobsvc.console.calling import Api, Refused
from jobsvc.console.pages import FORBIDDEN, PROFILE, bare, form_of, require_own_page, to
from jobsvc.console.session import MOST_COOKIE, is_token, sign_in, sign_out


async def sign_in_page(request: Request) -> Response:
    """The form."""
    return form(request, 200, request.query_params.get("next", ""))


def form(request: Request, status: int, next_page: str, problem: str = "") -> Response:
    """The form, and the way to the provider of identities if there is one."""
    flow = sign_in_of(request)
    provider = urlsplit(flow.issuer).netloc if flow is not None else ""
    is_out = "out" in request.query_params
    return bare(request, "sign_in.html", status, next=next_page, problem=problem, provider=provider, is_out=is_out)


async def signed_in(request: Request) -> Response:
    """Keep a token that the API knows, and go on where the user wanted to be."""
    async with Api(request) as api:
        fields = dict(await form_of(request))
        next_page, token = fields.get("next", ""), fields.get("token", "").strip()
        try:
            require_own_page(request, api)
            require_token(token)
            await api.as_who_has(token).get(PROFILE)
        except Refused as refused:
            return form(request, refused.status, next_page, refused.detail)
    response = to(request, next_page.lstrip("/\\"))
    sign_in(request, response, token)
    return response


def require_token(text: str) -> None:
    """Raise Refused when a text cannot be a token."""
    if not is_token(text):
        raise Refused(FORBIDDEN, "This is not a token.")
    if len(text) > MOST_COOKIE:
        raise Refused(FORBIDDEN, "The token is too long for a cookie.")


async def signed_out(request: Request) -> Response:
    """Let the browser drop the token."""
    response = to(request, "sign-in/?out=1" if sign_in_of(request) else "sign-in/")
    sign_out(request, response)
    return response
