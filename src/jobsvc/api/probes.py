"""`/livez` and `/readyz`: whether a process lives, and whether it can do its work.

Answered to everybody, whatever they call the host, for those who ask are part of the installation and have no credentials. Plain
ASGI, so that a worker can answer them without the API.
"""

from collections.abc import Mapping

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from jobsvc.services.health import HealthService, Readiness

LIVE = "/livez"
READY = "/readyz"
SAFE_METHODS = frozenset({"GET", "HEAD"})
NOTHING = "There is nothing here; this port answers /livez and /readyz."


class Probes:
    """Answers the two paths, and passes on everything else, if there is somebody to pass it on to."""

    def __init__(self, app: ASGIApp | None = None, health: HealthService | None = None) -> None:
        """`health`: that of the process; an application has it among its services."""
        self._app = app
        self._health = health

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on."""
        name = probe_of(scope)
        if name is None and self._app is not None:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            if record := scope.get("jobsvc.request"):
                record.is_counted = False
            status, content = await self._answer(scope, name)
            await _send_json(send, status, content, has_body=scope["method"] != "HEAD")

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


async def _send_json(send: Send, status: int, content: Mapping[str, object], *, has_body: bool) -> None:
    body = orjson.dumps(content)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *([(b"allow", b"GET, HEAD")] if status == 405 else []),  # noqa: PLR2004
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body if has_body else b""})
