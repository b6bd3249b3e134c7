"""Files of an object store as answers: whole, or the one range of them that was asked for."""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from email.utils import format_datetime
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from jobsvc.api.downloads import KEPT, PROBLEMS, http_time, is_unchanged
from jobsvc.api.problems import problem_response
from jobsvc.ports.storage import StoredFile

_RANGE = re.compile(r"bytes=(?:(?P<first>\d{1,18})-(?P<last>\d{0,18})|-(?P<suffix>\d{1,18}))", re.ASCII)
_SEVERAL = re.compile(r"bytes=[\d-]+(?:,[\d-]+)+", re.ASCII)
Reading = Callable[[int, int], AsyncIterator[bytes]]


class RangeProblem(ValueError):
    """A range cannot be given; `status` says why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class ObjectDownload(Response):
    """What an object store has; several ranges of one request are answered with the whole, as RFC 9110 allows."""

    def __init__(self, file: StoredFile, read: Reading, media_type: str, file_name: str, headers: Mapping[str, str]) -> None:
        self._file = file
        self._read = read
        self.background = None
        self.status_code = 200
        self.media_type = media_type
        self._members = {
            **headers,
            "Accept-Ranges": "bytes",
            "ETag": file.etag,
            "Last-Modified": format_datetime(file.modified, usegmt=True),
            "Content-Disposition": _disposition(file_name),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, or what is wrong with the request."""
        await self._answer(scope)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response:
        asked, size = Headers(scope=scope), self._file.size
        if is_unchanged(asked, self._members["ETag"], self._members["Last-Modified"]):
            return Response(
                status_code=304, headers={name: value for name, value in self._members.items() if name.lower() in KEPT}
            )
        try:
            part = _range_of(asked, size) if self._is_fresh(asked) else None
        except RangeProblem as problem:
            headers = {"Content-Range": f"bytes */{size}"} if problem.status == 416 else None  # noqa: PLR2004
            return problem_response(scope, PROBLEMS[problem.status], problem.status, headers)
        begin, end = part or (0, size)
        headers = {**self._members, "Content-Length": str(end - begin)}
        if part:
            headers["Content-Range"] = f"bytes {begin}-{end - 1}/{size}"
        status = 206 if part else 200
        if scope["method"] == "HEAD":
            return Response(status_code=status, headers=headers, media_type=self.media_type)
        return StreamingResponse(self._read(begin, end), status, headers, self.media_type)

    def _is_fresh(self, asked: Headers) -> bool:
        """Whether the client's parts, if it has any, are of this file (RFC 9110, section 13.1.5)."""
        condition = asked.get("if-range")
        if condition is None or condition == self._file.etag:
            return True
        return http_time(condition) == self._file.modified.replace(microsecond=0)


def _range_of(asked: Headers, size: int) -> tuple[int, int] | None:
    """The bytes from the first to before the second number; None for all of them.

    Raises:
        RangeProblem: It is no range, or begins after the end.
    """
    text = asked.get("range", "").replace(" ", "")
    if not text or _SEVERAL.fullmatch(text):
        return None
    match = _RANGE.fullmatch(text)
    if match is None or (match["last"] and match["first"] and int(match["last"]) < int(match["first"])):
        raise RangeProblem(400)
    begin, end = int(match["first"] or 0), size
    if match["suffix"]:
        begin = max(size - int(match["suffix"]), 0)
    elif match["last"]:
        end = min(int(match["last"]) + 1, size)
    if begin >= end:
        raise RangeProblem(416)
    return begin, end


def _disposition(file_name: str) -> str:
    quoted = quote(file_name)
    return f'attachment; filename="{file_name}"' if quoted == file_name else f"attachment; filename*=utf-8''{quoted}"
