"""The audit: who asked for what."""

from fastapi import APIRouter, Request, Response

from jobsvc.api.context import services_of
from jobsvc.api.envelope import PageQuery, page_response
from jobsvc.api.permissions import requires
from jobsvc.api.responses import responses
from jobsvc.api.v6.filters import AuditList
from jobsvc.api.v6.schemas import access as schemas
from jobsvc.domain.access import Permission

router = APIRouter(tags=["system"])


@router.get(
    "/audit/",
    operation_id="list_audit_entries",
    summary="Audit",
    responses=responses(schemas.AuditPage, "A page of entries.", 404),
)
@requires(Permission.AUDIT_READ)
async def list_audit_entries(request: Request, criteria: AuditList, page: PageQuery) -> Response:
    """Return requests that were to change something, or were refused, the latest first."""
    return page_response(request, await services_of(request).audit.list(criteria, page))
