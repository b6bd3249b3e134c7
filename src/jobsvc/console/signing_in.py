"""Signing in with a token, and out."""

from starlette.requests import Request
from starlette.responses import Response

from jobsvc.console.calling import Api, Refused
from jobsvc.console.pages import FORBIDDEN, PROFILE, bare, form_of, require_own_page, to
from jobsvc.console.session import is_token, sign_in, sign_out


async def sign_in_page(request: Request) -> Response:
    """The form."""
    return bare(request, "sign_in.html", 200, next=request.query_params.get("next", ""), problem="")


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
            return bare(request, "sign_in.html", refused.status, next=next_page, problem=refused.detail)
    response = to(request, next_page.lstrip("/\\"))
    sign_in(request, response, token)
    return response


def require_token(text: str) -> None:
    """Raise Refused when a text cannot be a token."""
    if not is_token(text):
        raise Refused(FORBIDDEN, "This is not a token.")


async def signed_out(request: Request) -> Response:
    """Let the browser drop the token."""
    response = to(request, "sign-in/")
    sign_out(request, response)
    return response
