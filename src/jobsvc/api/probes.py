"""`/livez` and `/readyz`: whether a process lives, and whether it can do its work.

Answered to everybody, whatever they call the host, for those who ask are part of the installation and have no credentials. Plain
ASGI, so that a worker can answer them without the API.
"""

from collections.abc import Mapping

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from jobsvc.metrics import CONTENT_TYPE
from jobsvc.services.health import HealthService, Readiness
from jobsvc.services.metrics import MetricsService

LIVE = "/livez"
READY = "/readyz"
METRICS = "/metrics"
SAFE_METHODS = frozenset({"GET", "HEAD"})
NOTHING = "There is nothing here; this port answers /livez, /readyz and /metrics."


class Probes:
    """Answers the two paths, and passes on everything else, if there is somebody to pass it on to."""

    def __init__(
        self, app: ASGIApp | None = None, health: HealthService | None = None, metrics: MetricsService | None = None
    ) -> None:
        """`health`: that of the process; an application has it among its services, and a page of its own for `metrics`."""
        self._app = app
        self._health = health
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on."""
        name = probe_of(scope)
        if name is None and self._app is not None:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            if record := scope.get("jobsvc.request"):
                record.is_counted = False
            has_body = scope["method"] != "HEAD"
            if self._metrics is not None and scope["path"].rstrip("/") == METRICS and scope["method"] in SAFE_METHODS:
                await _send(send, 200, CONTENT_TYPE.encode(), await self._metrics.text(), has_body=has_body)
                return
            status, content = await self._answer(scope, name)
            await _send(send, status, b"application/json", orjson.dumps(content), has_body=has_body)

    async def _answer(self, scope: Scope, name: str | None) -> tuple[int, Mapping[str, object]]:
        if name is None:
            return 404, {"detail": NOTHING}
        if scope["method"] not in SAFE_METHODS:
            return 405, {"detail": f"{name} answers GET alone."}
        if name == LIVE:
            return 200, {"status": "alive"}
        health = self._health or scope["app"].state.services.health
        return _shown(await health.readiness())


def probe_of(scope: Scope) -> str | None:
    """The probe that a request asks for; None for any other request."""
    if scope["type"] != "http":
        return None
    path = str(scope["path"]).rstrip("/")
    return next((name for name in (LIVE, READY) if path in {name, f"{scope.get('root_path', '')}{name}"}), None)


def _shown(readiness: Readiness) -> tuple[int, Mapping[str, object]]:
    checks = {
        name: {"status": check.condition, **({"problem": check.problem} if check.problem else {})}
        for name, check in readiness.checks.items()
    }
    status, word = (200, "ready") if readiness.is_ready else (503, "not ready")
    return status, {"status": word, "checks": checks}


async def _send(send: Send, status: int, media_type: bytes, body: bytes, *, has_body: bool) -> None:
    headers = [
        (b"content-type", media_type),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *([(b"allow", b"GET, HEAD")] if status == 405 else []),  # noqa: PLR2004
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body if has_body else b""})
