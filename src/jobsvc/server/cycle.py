"""One request and its answer."""

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from jobsvc.api.request_ids import id_in
from jobsvc.server.refusals import FAILED, detail_body, refusal_headers

if TYPE_CHECKING:
    from jobsvc.server.connection import Connection

INTERNAL_ERROR = 500


class Cycle(RequestResponseCycle):
    """Says `Connection: close` when the request was answered before it was here: the rest of it is not waited for."""

    # Writes, and closes in its own way.
    transport: "Connection"  # type: ignore[assignment]

    async def send(self, message: Any) -> None:
        """Take a message of the application."""
        if self.more_body and not self.response_started:
            self.keep_alive = False
        await super().send(message)

    async def send_500_response(self) -> None:
        """Answer for an application that ended without an answer."""
        request_id = id_in(self.scope)  # type: ignore[arg-type]
        body = detail_body(FAILED, request_id)
        headers = refusal_headers(INTERNAL_ERROR, body, request_id)
        await self.send({"type": "http.response.start", "status": INTERNAL_ERROR, "headers": headers})
        await self.send({"type": "http.response.body", "body": body, "more_body": False})
