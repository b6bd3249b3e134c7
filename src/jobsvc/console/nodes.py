"""Workers' nodes, and the scheduler: what runs where, and what is paused."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from jobsvc.console.calling import Api
from jobsvc.console.pages import form_of, render, to


async def list_page(request: Request, api: Api) -> Response:
    """All nodes, with what the service knows of them at this moment."""
    nodes = await api.get("/v6/nodes/", [("page_size", "1000"), ("order", "-is_active"), ("order", "hostname")])
    status = await api.get("/v6/status/")
    scheduler = await api.get("/v6/scheduler/")
    known = {node["id"]: node for node in status["nodes"]}
    rows = [node | {"now": known.get(node["id"])} for node in nodes["results"]]
    return await render(request, api, "nodes.html", nodes=rows, status=status, scheduler=scheduler)


async def change(request: Request, api: Api) -> Response:
    """Pause a node with a reason, let it go on, or take it from the list of active ones."""
    fields = dict(await form_of(request))
    members: dict[str, Any] = {"is_paused": fields.get("change") == "pause"}
    if members["is_paused"]:
        members["pause_reason"] = fields.get("pause_reason", "").strip() or None
    await api.send("PATCH", f"/v6/nodes/{request.path_params['node_id']}/", members)
    return to(request, "nodes/")


async def change_scheduler(request: Request, api: Api) -> Response:
    """Let no more jobs start, or go on."""
    fields = dict(await form_of(request))
    await api.send("PATCH", "/v6/scheduler/", {"is_paused": fields.get("change") == "pause"})
    return to(request, "nodes/")
