"""What a process answers that cannot begin yet: that it lives, and why it is not ready."""

from starlette.types import ASGIApp, Receive, Scope, Send

from jobsvc.api.errors import RETRY_AFTER
from jobsvc.api.middleware import PathMiddleware
from jobsvc.api.probes import Probes
from jobsvc.api.problems import problem_response
from jobsvc.services.health import HealthService

UNREADY = "The service waits for `jobsvc migrate`; /readyz says more."


def unready_app(health: HealthService, root_path: str) -> ASGIApp:
    """Answers the probes; everything else is refused with 503."""
    return PathMiddleware(Probes(_refuse, health), root_path)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await problem_response(scope, UNREADY, 503, RETRY_AFTER)(scope, receive, send)
