"""Files as answers: whole, or the range of them that was asked for."""

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Self

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.types import Message, Receive, Scope, Send

from jobsvc.api.problems import problem_response

MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+( *;[ -~]*)?", re.ASCII)
UNKNOWN_MEDIA_TYPE = "application/octet-stream"
TAG = re.compile(r'(?:W/)?("[^"]*")')
KEPT = ("etag", "last-modified", "x-content-type-options", "content-security-policy")
"""What a 304 says of the file, too."""
PROBLEMS = {400: "Range: is not a valid range.", 416: "Range: begins after the end of the file."}


class Download(FileResponse):
    """A file, or 304 for who has it; a range that cannot be given is answered in JSON, as every other problem is."""

    descriptor: int

    @classmethod
    def of(cls, descriptor: int, media_type: str, file_name: str, headers: Mapping[str, str]) -> Self:
        """Takes over the descriptor: whatever the path of the file stands for by now, these bytes are sent."""
        response = cls(f"/dev/fd/{descriptor}", media_type=media_type, filename=file_name, headers=headers)
        response.descriptor = descriptor
        return response

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, or what is wrong with the request."""
        is_answered = False

        async def answer(message: Message) -> None:
            nonlocal is_answered
            if is_answered:
                return
            if message["type"] == "http.response.start":
                other = self._instead(message, scope)
                if other is not None:
                    is_answered = True
                    await other(scope, receive, send)
                    return
            await send(message)

        try:
            await super().__call__(scope, receive, answer)
        finally:
            os.close(self.descriptor)

    def _instead(self, message: Message, scope: Scope) -> Response | None:
        """The answer in place of the one that begins; conditions come before ranges (RFC 9110, section 13.2.2)."""
        asked = Headers(scope=scope)
        if is_unchanged(asked, self.headers["etag"], self.headers["last-modified"]):
            kept = {name: self.headers[name] for name in KEPT if name in self.headers}
            return Response(status_code=304, headers=kept)
        return _refusal(message, scope) if message["status"] in PROBLEMS else None


def is_unchanged(asked: Headers, etag: str, last_modified: str) -> bool:
    """Whether the client has what it asks for; its tags count before its time (RFC 9110, section 13.1)."""
    tags = ",".join(asked.getlist("if-none-match"))
    if tags:
        return tags.strip() == "*" or etag in TAG.findall(tags)
    since, modified = http_time(asked.get("if-modified-since")), http_time(last_modified)
    return since is not None and modified is not None and modified <= since


def http_time(text: str | None) -> datetime | None:
    """A time of a header; None for what is none, which counts as absent."""
    try:
        parsed = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return parsed.replace(tzinfo=UTC) if parsed is not None and parsed.tzinfo is None else parsed


def header_safe(media_type: str) -> str:
    """A media type that may stand in a header: it comes from clients and manifests, and can be any text."""
    return media_type if MEDIA_TYPE.fullmatch(media_type) else UNKNOWN_MEDIA_TYPE


def _refusal(message: Message, scope: Scope) -> Response:
    size = Headers(raw=message["headers"]).get("content-range")
    headers = {"Content-Range": size} if size else None
    return problem_response(scope, PROBLEMS[message["status"]], message["status"], headers)
