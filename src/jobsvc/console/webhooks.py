"""Webhooks: where events are sent to, how that went, and what is sent once more."""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from jobsvc.console.calling import Api
from jobsvc.console.jobs import paged
from jobsvc.console.pages import form_of, number_or_text, render, to

WEBHOOKS = "/v6/webhooks/"
OF_PAGE = frozenset({"page", "page_size"})
LISTS: Mapping[str, Callable[[str], int | str]] = {"types": str, "job_type_names": str, "batch_ids": number_or_text}
"""Fields of the form that have several values, apart by spaces; none is no filter."""
SWITCH = {"on": True, "off": False}
ACTIONS = frozenset({"test", "secret"})


async def list_page(request: Request, api: Api, made: dict[str, Any] | None = None) -> Response:
    """All webhooks, and the one that has just been made with its secret, which is shown this once."""
    answer = await api.get(WEBHOOKS, _pages(request))
    return await render(request, api, "webhooks.html", **paged(answer, "webhooks"), made=made)


async def make(request: Request, api: Api) -> Response:
    """Send events to an address from now on."""
    answer = await api.send("POST", WEBHOOKS, _members(dict(await form_of(request))))
    return await list_page(request, api, answer.json())


async def details(request: Request, api: Api, made: dict[str, Any] | None = None) -> Response:
    """A webhook and its deliveries, the latest first."""
    webhook = await api.get(_path(request))
    deliveries = await api.get(f"{_path(request)}deliveries/", _pages(request))
    return await render(request, api, "webhook.html", **paged(deliveries, "deliveries"), webhook=webhook, made=made)


async def change(request: Request, api: Api) -> Response:
    """Test it, make a new secret, switch it off or on, delete it, or set what it is sent."""
    fields = dict(await form_of(request))
    action = fields.pop("change", "")
    if action == "delete":
        await api.send("DELETE", _path(request), {})
        return to(request, "webhooks/")
    if action in ACTIONS:
        answer = await api.send("POST", f"{_path(request)}{action}/", {})
        if action == "secret":
            return await details(request, api, answer.json())
    else:
        await api.send("PATCH", _path(request), {"is_active": SWITCH[action]} if action in SWITCH else _members(fields))
    return to(request, f"webhooks/{request.path_params['webhook_id']}/")


async def redeliver(request: Request, api: Api) -> Response:
    """Send something once more."""
    await api.send("POST", f"{_path(request)}deliveries/{request.path_params['delivery_id']}/redeliver/", {})
    return to(request, f"webhooks/{request.path_params['webhook_id']}/")


def _path(request: Request) -> str:
    return f"{WEBHOOKS}{request.path_params['webhook_id']}/"


def _pages(request: Request) -> list[tuple[str, str]]:
    return [pair for pair in request.query_params.multi_items() if pair[0] in OF_PAGE]


def _members(fields: dict[str, str]) -> dict[str, Any]:
    """What the form says; the API judges it."""
    members: dict[str, Any] = {"url": fields.get("url", "").strip(), "description": fields.get("description", "").strip()}
    for name, read in LISTS.items():
        values = fields.get(name, "").replace(",", " ").split()
        members[name] = [read(value) for value in values] or None
    return members
