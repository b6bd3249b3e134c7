"""Signing in at a provider of identities: there, and back with a code, whose token the cookie holds then."""

import base64
import binascii
import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from jobsvc.api.identity import sign_in_of
from jobsvc.api.urls import base_url
from jobsvc.console.calling import Api, Refused
from jobsvc.console.pages import FORBIDDEN, HEADERS, PROFILE, SEE_OTHER, to
from jobsvc.console.session import MOST_COOKIE, cookie_path, is_secure, sign_in
from jobsvc.console.signing_in import form
from jobsvc.domain.errors import Forbidden, IdentityUnavailable, InvalidToken

COOKIE = "jobsvc_sign_in_"
"""With the state behind it: sign-ins of several tabs do not know of each other."""
SECONDS = 600
"""How long somebody may take at the provider."""
STATE = re.compile(r"[A-Za-z0-9_-]{20,100}")
ERROR = re.compile(r"[a-z_]{1,50}")
NOT_BEGUN = "This sign-in was not begun in this browser, or too long ago. Begin again."
UNAVAILABLE = 503


class Begun(NamedTuple):
    """What the browser keeps of a sign-in while it is at the provider."""

    nonce: str
    verifier: str
    next: str


async def begin(request: Request) -> Response:
    """Send the browser to the provider."""
    flow = sign_in_of(request)
    if flow is None:
        return to(request, "sign-in/")
    next_page = request.query_params.get("next", "")
    try:
        begun = await flow.begin(_own_address(request))
    except IdentityUnavailable as exc:
        return form(request, UNAVAILABLE, next_page, exc.detail)
    response = RedirectResponse(begun.url, SEE_OTHER, HEADERS)
    kept = base64.urlsafe_b64encode(json.dumps(Begun(begun.nonce, begun.verifier, next_page[:1000])).encode()).decode()
    response.set_cookie(
        COOKIE + begun.state, kept, SECONDS, path=_path(request), secure=is_secure(request), httponly=True, samesite="lax"
    )
    return response


async def back(request: Request) -> Response:
    """Take the code that the browser brings, and let it keep the token for it."""
    state = request.query_params.get("state", "")
    begun = _begun(request, state)
    try:
        tokens = await _tokens(request, begun)
        token = await _taken_by_the_api(request, tokens)
    except (Refused, Forbidden, InvalidToken, IdentityUnavailable) as exc:
        status = exc.status if isinstance(exc, Refused) else UNAVAILABLE if isinstance(exc, IdentityUnavailable) else FORBIDDEN
        response = form(request, status, begun.next if begun else "", exc.detail)
    else:
        response = to(request, begun.next.lstrip("/\\") if begun else "")
        sign_in(request, response, token)
    if begun is not None:
        response.delete_cookie(COOKIE + state, path=_path(request), httponly=True, samesite="lax")
    return response


async def out(request: Request) -> Response:
    """Send the browser to where it signs out of the provider, for that would sign it in again without a word."""
    flow = sign_in_of(request)
    here = f"{base_url(request)}/console/sign-in/"
    address = await flow.end_address(here) if flow is not None else None
    return RedirectResponse(address, SEE_OTHER, HEADERS) if address else to(request, "sign-in/")


async def _tokens(request: Request, begun: Begun | None) -> Sequence[str]:
    """What the provider gives for the code; raises Forbidden, InvalidToken or IdentityUnavailable."""
    flow, query = sign_in_of(request), request.query_params
    if flow is None or begun is None:
        raise Forbidden(NOT_BEGUN)
    if query.get("iss", flow.issuer) != flow.issuer:
        raise Forbidden("This comes from another provider of identities. Begin again.")
    if "code" not in query:
        error = query.get("error", "")
        raise Forbidden(f"The provider of identities let nobody in ({error if ERROR.fullmatch(error) else 'no code'}).")
    return await flow.finish(query["code"], _own_address(request), nonce=begun.nonce, verifier=begun.verifier)


async def _taken_by_the_api(request: Request, tokens: Sequence[str]) -> str:
    """The first token that lets somebody in: where those for the API say nothing, that of the identity may; raises Refused."""
    problems = []
    async with Api(request) as api:
        for token in tokens:
            try:
                await api.as_who_has(token).get(PROFILE)
            except Refused as refused:
                problems.append(refused)
                continue
            if len(token) > MOST_COOKIE:
                raise Refused(FORBIDDEN, "The token is too long for a cookie: the provider has to put less into it.")
            return token
    raise problems[0]


def _begun(request: Request, state: str) -> Begun | None:
    """The sign-in that this browser has begun; by its name alone nobody can make it up."""
    kept = request.cookies.get(COOKIE + state, "") if STATE.fullmatch(state) else ""
    try:
        content: Any = json.loads(base64.urlsafe_b64decode(kept.encode()))
        return Begun(*map(str, content))
    except (binascii.Error, ValueError, TypeError):
        return None


def _own_address(request: Request) -> str:
    """Where the provider sends the browser; it has to be known there."""
    return f"{base_url(request)}/console/sign-in/oidc/back/"


def _path(request: Request) -> str:
    return f"{cookie_path(request)}sign-in/oidc/"
