"""Resources of the documented system that this service has none of: user interfaces ask for them, and get empty pages."""

from fastapi import APIRouter, Request, Response

from jobsvc.api.envelope import PageQuery, page_response
from jobsvc.api.models import Document, PageOf
from jobsvc.api.permissions import Reach, requires
from jobsvc.api.responses import responses
from jobsvc.domain.access import Permission
from jobsvc.domain.paging import paginate

router = APIRouter(tags=["system"])
ABSENT = {
    "strikes": "Strike",
    "scans": "Scan",
    "ingests": "Ingest",
    "ingests/status": "Ingest Status",
    "datasets": "Dataset",
    "timeline/job-types": "Job Type Timeline",
    "timeline/recipe-types": "Recipe Type Timeline",
}
"""What the lists are of, by their paths."""


class EmptyPage(PageOf[Document]):
    """An empty page."""


@requires(Permission.SYSTEM_READ, Reach.OWN)
async def list_nothing(request: Request, page: PageQuery) -> Response:
    """Return an empty page: this service has no such resource. It exists for user interfaces that request it."""
    nothing: list[Document] = []
    return page_response(request, paginate(nothing, page))


for path, name in ABSENT.items():
    router.add_api_route(
        f"/{path}/",
        list_nothing,
        operation_id=f"list_{path.replace('/', '_').replace('-', '_')}",
        summary=f"{name} List",
        responses=responses(EmptyPage, "An empty page.", 404),
    )
