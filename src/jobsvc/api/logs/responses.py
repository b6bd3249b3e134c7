"""A log as an HTTP answer: streamed, with the headers that say what it is and how much of it this is."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from fastapi import Request, Response
from starlette.responses import StreamingResponse

from jobsvc.api.logs.cursor import write_position
from jobsvc.api.logs.downloads import Compression, accepts_gzip, file_name, gzipped
from jobsvc.api.logs.formats import MEDIA_TYPES, SAFE, WRITERS, Format
from jobsvc.api.urls import here_with
from jobsvc.services.logs.service import LogPage


@dataclass(frozen=True)
class LogFile:
    """A log that is to be saved: of which execution and output, and whether it stays compressed."""

    execution_id: int
    log_id: str
    compression: Compression | None = None


def log_response(request: Request, log: LogPage, form: Format, file: LogFile | None = None) -> Response:
    """The lines in a format; 204 when there are none."""
    if not log.first:
        return Response(status_code=204, headers=_extent(request, log))
    headers = SAFE | _extent(request, log)
    chunks = WRITERS[form](log)
    if file is None:
        return StreamingResponse(chunks, headers=headers, media_type=MEDIA_TYPES[form])
    return _saved(chunks, form, file, headers, is_packed=accepts_gzip(request.headers.get("accept-encoding", "")))


def _extent(request: Request, log: LogPage) -> dict[str, str]:
    """`X-Log-Complete`: whether all lines that match are in the body; `Link`: where it goes on."""
    extent = {"X-Log-Complete": "true" if log.is_whole else "false"}
    if log.next is not None:
        extent["Link"] = f'<{here_with(request, cursor=write_position(log.next))}>; rel="next"'
    return extent


def _saved(
    chunks: AsyncIterator[bytes], form: Format, file: LogFile, headers: dict[str, str], *, is_packed: bool
) -> StreamingResponse:
    """A file for the disk.

    Two ways to compress, for two wishes: `compress=gzip` gives a `.gz` that stays one, also from a link in a page, which
    cannot set headers; `Accept-Encoding` makes only the way shorter, and the client unpacks.
    """
    name, media_type = file_name(file.execution_id, file.log_id, form), MEDIA_TYPES[form]
    headers = headers | {"Vary": "Accept-Encoding"}
    if file.compression is not None:
        name, media_type = f"{name}.gz", "application/gzip"
    elif is_packed:
        headers["Content-Encoding"] = "gzip"
    headers["Content-Disposition"] = f'attachment; filename="{name}"'
    body = gzipped(chunks) if file.compression is not None or is_packed else chunks
    return StreamingResponse(body, headers=headers, media_type=media_type)
