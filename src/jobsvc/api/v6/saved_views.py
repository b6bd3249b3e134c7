"""Saved views: queries of the list of jobs by a name, for all who may look at jobs."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from jobsvc.api.context import principal_of, services_of
from jobsvc.api.envelope import PageQuery, page_response, record_response
from jobsvc.api.fields import Text
from jobsvc.api.permissions import requires
from jobsvc.api.responses import responses, success
from jobsvc.api.v6.schemas import saved_views as schemas
from jobsvc.domain.access import Permission

router = APIRouter(tags=["saved views"])
ONE = "/saved-views/{view}/"


@router.get(
    "/saved-views/",
    operation_id="list_saved_views",
    summary="Saved View List",
    responses=responses(schemas.SavedViewPage, "A page of views.", 404),
)
@requires(Permission.JOBS_READ)
async def list_views(request: Request, page: PageQuery) -> Response:
    """Return the saved views, by name."""
    return page_response(request, await services_of(request).saved_views.list(page))


@router.put(
    ONE,
    operation_id="set_saved_view",
    summary="Set Saved View",
    responses=responses(schemas.SavedView, "The view as it is now.", 413, 415)
    | success(schemas.SavedView, "The view, which is new.", status=201),
)
@requires(Permission.JOBS_SUBMIT)
async def set_view(
    request: Request, view: str, members: Annotated[schemas.SavedViewSet, Depends(schemas.SavedViewSet.read)]
) -> Response:
    """Save a view for all, or have the one of this name show something else: its owner may, and operators."""
    item, is_new = await services_of(request).saved_views.set(view, members.query, principal_of(request))
    return record_response(request, item, 201 if is_new else 200)


@router.delete(
    ONE,
    operation_id="delete_saved_view",
    summary="Delete Saved View",
    status_code=204,
    responses=responses(None, "The view is gone.", 404, status=204),
)
@requires(Permission.JOBS_SUBMIT)
async def delete_view(request: Request, view: Text) -> Response:
    """Delete a view: its owner may, and operators."""
    await services_of(request).saved_views.remove(view, principal_of(request))
    return Response(status_code=204)
