"""`/metrics` of the API: what it and the whole installation count, for those who may see the state of the system."""

from fastapi import FastAPI, Request, Response

from jobsvc.api.context import services_of
from jobsvc.api.permissions import requires
from jobsvc.domain.access import Permission
from jobsvc.metrics import CONTENT_TYPE


def install(app: FastAPI) -> None:
    """Serve the page; it is no operation of a generation."""
    app.add_api_route("/metrics/", _metrics, include_in_schema=False)


@requires(Permission.SYSTEM_READ)
async def _metrics(request: Request) -> Response:
    request.scope["jobsvc.request"].is_counted = False
    text = await services_of(request).metrics.text()
    return Response(text, headers={"Cache-Control": "no-store"}, media_type=CONTENT_TYPE)
