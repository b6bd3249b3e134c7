"""Tokens and the audit, for those who may see them."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from jobsvc.console.calling import Api
from jobsvc.console.jobs import paged
from jobsvc.console.pages import form_of, render, to

ROLES = tuple((name, name) for name in ("viewer", "submitter", "operator", "admin"))
FILTERS = (("user", "User"), ("operation", "Operation"), ("subject", "Subject"), ("status", "Status"), ("started", "Since"))
"""Of the audit: the API's own."""
OF_PAGE = frozenset({"page", "page_size"})


async def tokens(request: Request, api: Api, made: dict[str, Any] | None = None) -> Response:
    """The tokens that were given out, and the one that has just been made, which is shown this once."""
    query = [pair for pair in request.query_params.multi_items() if pair[0] in OF_PAGE]
    answer = await api.get("/v6/tokens/", query)
    return await render(request, api, "tokens.html", **paged(answer, "tokens"), made=made, roles=ROLES)


async def make_token(request: Request, api: Api) -> Response:
    """Make a token."""
    fields = {name: value.strip() for name, value in await form_of(request) if value.strip()}
    body: dict[str, Any] = {"name": fields.get("name", ""), "role": fields.get("role", "viewer")}
    if "job_types" in fields:
        body["job_types"] = fields["job_types"].split()
    if "expires" in fields:
        body["expires"] = f"{fields['expires']}T23:59:59Z"
    answer = await api.send("POST", "/v6/tokens/", body)
    return await tokens(request, api, answer.json())


async def revoke_token(request: Request, api: Api) -> Response:
    """Take a token back."""
    await api.send("POST", f"/v6/tokens/{request.path_params['token_id']}/revoke/", {})
    return to(request, "tokens/")


async def audit(request: Request, api: Api) -> Response:
    """What was changed or refused; the page's query is that of the API."""
    query = [(name, value.strip()) for name, value in request.query_params.multi_items() if value.strip()]
    answer = await api.get("/v6/audit/", query)
    return await render(request, api, "audit.html", **paged(answer, "entries"), filters=FILTERS, chosen=dict(query))
