"""Files as answers: whole, or the range of them that was asked for."""

import re

from starlette.datastructures import Headers
from starlette.responses import FileResponse
from starlette.types import Message, Receive, Scope, Send

from jobsvc.api.parts import json_response

MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+( *;[ -~]*)?", re.ASCII)
UNKNOWN_MEDIA_TYPE = "application/octet-stream"
PROBLEMS = {400: "Range: cannot be understood.", 416: "Range: begins behind the end of the file."}


class Download(FileResponse):
    """A file; a range that cannot be given is answered in JSON, as every other problem is."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, or what is wrong with the request."""
        is_refused = False

        async def answer(message: Message) -> None:
            nonlocal is_refused
            if message["type"] == "http.response.start" and message["status"] in PROBLEMS:
                is_refused = True
                await _refuse(message, scope, receive, send)
            elif not is_refused:
                await send(message)

        await super().__call__(scope, receive, answer)


def header_safe(media_type: str) -> str:
    """A media type that may stand in a header: it comes from clients and manifests, and can be any text."""
    return media_type if MEDIA_TYPE.fullmatch(media_type) else UNKNOWN_MEDIA_TYPE


async def _refuse(message: Message, scope: Scope, receive: Receive, send: Send) -> None:
    size = Headers(raw=message["headers"]).get("content-range")
    headers = {"Content-Range": size} if size else None
    await json_response({"detail": PROBLEMS[message["status"]]}, message["status"], headers)(scope, receive, send)
