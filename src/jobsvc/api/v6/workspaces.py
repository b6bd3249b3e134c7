"""Workspace services."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from jobsvc.api.context import services_of
from jobsvc.api.envelope import PageQuery, page_response, record_response
from jobsvc.api.permissions import requires
from jobsvc.api.responses import responses
from jobsvc.api.sorting import order_query
from jobsvc.api.urls import url_of
from jobsvc.api.v6.filters import WorkspaceList
from jobsvc.api.v6.schemas import files as schemas
from jobsvc.domain.access import Permission
from jobsvc.domain.sorting import WorkspaceOrderField, parse_sort
from jobsvc.domain.writes import WorkspaceUpdate
from jobsvc.services.workspaces import NewWorkspace

router = APIRouter(tags=["workspaces"])
BY_NAME = ["name"]
Order = Annotated[list[str] | None, order_query(WorkspaceOrderField)]


@router.get(
    "/workspaces/",
    operation_id="list_workspaces",
    summary="Workspace List",
    responses=responses(schemas.WorkspacePage, "A page of workspaces.", 404),
)
@requires(Permission.SYSTEM_READ)
async def list_workspaces(request: Request, order: Order, criteria: WorkspaceList, page: PageQuery) -> Response:
    """Return workspaces, ordered by name."""
    result = await services_of(request).workspaces.list(criteria, parse_sort(order or BY_NAME, WorkspaceOrderField), page)
    return page_response(request, result)


@router.post(
    "/workspaces/",
    operation_id="create_workspace",
    summary="Create Workspace",
    status_code=201,
    responses=responses(schemas.WorkspaceDetails, "The workspace.", 409, 413, 415, status=201),
)
@requires(Permission.WORKSPACES_WRITE)
async def create_workspace(
    request: Request, new: Annotated[schemas.WorkspaceCreate, Depends(schemas.WorkspaceCreate.read)]
) -> Response:
    """Create a workspace from a directory of the host, or from a bucket of an object store."""
    item = await services_of(request).workspaces.create(
        NewWorkspace(new.title, new.configuration, new.description, new.base_url, new.is_active)
    )
    return record_response(request, item, 201, {"Location": url_of(request, f"workspaces/{item.id}/")})


@router.get(
    "/workspaces/{workspace_id:int}/",
    operation_id="get_workspace",
    summary="Workspace Details",
    responses=responses(schemas.WorkspaceDetails, "The workspace.", 404),
)
@requires(Permission.SYSTEM_READ)
async def get_workspace(request: Request, workspace_id: int) -> Response:
    """Return a specific workspace."""
    return record_response(request, await services_of(request).workspaces.get(workspace_id))


@router.patch(
    "/workspaces/{workspace_id:int}/",
    operation_id="update_workspace",
    summary="Update Workspace",
    responses=responses(schemas.WorkspaceDetails, "The workspace.", 404, 413, 415),
)
@requires(Permission.WORKSPACES_WRITE)
async def update_workspace(
    request: Request, workspace_id: int, change: Annotated[schemas.WorkspaceChange, Depends(schemas.WorkspaceChange.read)]
) -> Response:
    """Change a workspace."""
    update = WorkspaceUpdate(**change.model_dump(exclude_unset=True))
    item = await services_of(request).workspaces.change(workspace_id, update)
    return record_response(request, item)
