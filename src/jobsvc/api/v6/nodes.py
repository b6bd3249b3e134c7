"""Node services."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from jobsvc.api.context import services_of
from jobsvc.api.envelope import PageQuery, page_response, record_response
from jobsvc.api.permissions import requires
from jobsvc.api.responses import responses
from jobsvc.api.sorting import order_query
from jobsvc.api.v6.filters import NodeList
from jobsvc.api.v6.schemas import nodes as schemas
from jobsvc.domain.access import Permission
from jobsvc.domain.sorting import NodeOrderField, parse_sort
from jobsvc.domain.writes import NodeUpdate

router = APIRouter(tags=["nodes"])
Order = Annotated[list[str] | None, order_query(NodeOrderField)]


@router.get(
    "/nodes/",
    operation_id="list_nodes",
    summary="Node List",
    responses=responses(schemas.NodePage, "A page of nodes.", 404),
)
@requires(Permission.SYSTEM_READ)
async def list_nodes(request: Request, order: Order, criteria: NodeList, page: PageQuery) -> Response:
    """Return the hosts on which jobs run."""
    result = await services_of(request).nodes.list(criteria, parse_sort(order, NodeOrderField), page)
    return page_response(request, result)


@router.get(
    "/nodes/{node_id:int}/",
    operation_id="get_node",
    summary="Node Details",
    responses=responses(schemas.NodeDetails, "The node.", 404),
)
@requires(Permission.SYSTEM_READ)
async def get_node(request: Request, node_id: int) -> Response:
    """Return a specific node."""
    return record_response(request, await services_of(request).nodes.get(node_id))


@router.patch(
    "/nodes/{node_id:int}/",
    operation_id="update_node",
    summary="Update Node",
    status_code=204,
    responses=responses(None, "The node is changed.", 404, 413, 415, status=204),
)
@requires(Permission.SYSTEM_OPERATE)
async def update_node(
    request: Request, node_id: int, change: Annotated[schemas.NodeChange, Depends(schemas.NodeChange.read)]
) -> Response:
    """Pause, resume or deactivate a node."""
    provided = change.model_dump(exclude_unset=True)
    # Null takes the reason back, and means nothing to the others.
    changes = {name: value for name, value in provided.items() if value is not None or name == "pause_reason"}
    await services_of(request).nodes.change(node_id, NodeUpdate(**changes))
    return Response(status_code=204)
