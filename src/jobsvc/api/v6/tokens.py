"""Token services."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from jobsvc.api.context import principal_of, services_of
from jobsvc.api.envelope import PageQuery, page_response, record_response
from jobsvc.api.permissions import requires
from jobsvc.api.responses import responses
from jobsvc.api.urls import url_of
from jobsvc.api.v6.schemas import access as schemas
from jobsvc.domain.access import Permission
from jobsvc.domain.instants import parse_bound
from jobsvc.domain.tokens import TokenItem

router = APIRouter(tags=["accounts"])


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A token with itself."""

    item: TokenItem
    token: str


@router.get(
    "/tokens/",
    operation_id="list_tokens",
    summary="Token List",
    responses=responses(schemas.AccessTokenPage, "A page of tokens.", 404),
)
@requires(Permission.TOKENS_MANAGE)
async def list_tokens(request: Request, page: PageQuery) -> Response:
    """Return the tokens that were given out, the latest first."""
    return page_response(request, await services_of(request).tokens.list(page))


@router.post(
    "/tokens/",
    operation_id="create_token",
    summary="Create Token",
    status_code=201,
    responses=responses(schemas.IssuedAccessToken, "The token.", 413, 415, status=201),
)
@requires(Permission.TOKENS_MANAGE)
async def create_token(
    request: Request, new: Annotated[schemas.AccessTokenCreate, Depends(schemas.AccessTokenCreate.read)]
) -> Response:
    """Make a token. It cannot allow more than the caller's own credentials do."""
    services, caller = services_of(request), principal_of(request)
    expires = None if new.expires is None else parse_bound(new.expires, services.clock(), "expires")
    item, token = await services.tokens.make(
        new.name, new.role, scopes=new.scopes, job_types=new.job_types, expires=expires, by=caller
    )
    return record_response(request, MadeToken(item, token), 201, {"Location": url_of(request, "tokens/")})


@router.post(
    "/tokens/{token_id:int}/revoke/",
    operation_id="revoke_token",
    summary="Revoke Token",
    responses=responses(schemas.AccessToken, "The token.", 404),
)
@requires(Permission.TOKENS_MANAGE)
async def revoke_token(request: Request, token_id: int) -> Response:
    """Take a token back: it is refused from now on, and after 5 seconds by all processes. One that was stays as it is."""
    return record_response(request, await services_of(request).tokens.revoke(token_id))
