"""Files and workspaces."""

import csv
import io
import json
from itertools import islice
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from jobsvc.console.calling import Api, Refused
from jobsvc.console.drawing import drawn
from jobsvc.console.jobs import paged
from jobsvc.console.pages import render

IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
TABLES = frozenset({"text/csv", "text/tab-separated-values"})
MAPS = frozenset({"application/geo+json", "application/vnd.geo+json"})
LARGEST = 256 * 2**10
"""Bytes of a file that is shown as text."""
ROWS = 200
DEFAULT_ORDER = "-last_modified"


async def list_page(request: Request, api: Api) -> Response:
    """The files that the query chooses, the latest first."""
    query = [(name, value) for name, value in request.query_params.multi_items() if value.strip()]
    names = {name for name, _ in query}
    answer = await api.get("/v6/files/", query if "order" in names else [*query, ("order", DEFAULT_ORDER)])
    return await render(
        request,
        api,
        "files.html",
        **paged(answer, "files"),
        values=dict(query),
    )


async def details(request: Request, api: Api) -> Response:
    """A file, and what is in it as far as it can be shown."""
    file = await api.get(f"/v6/files/{request.path_params['file_id']}/")
    return await render(request, api, "file.html", file=file, **await _preview(api, file))


async def workspaces(request: Request, api: Api) -> Response:
    """Where files lie."""
    answer = await api.get("/v6/workspaces/", [("page_size", "1000")])
    return await render(request, api, "workspaces.html", workspaces=answer["results"])


async def _preview(api: Api, file: dict[str, Any]) -> dict[str, Any]:
    """What to show: `kind` is image, table, map, text or nothing."""
    media_type = (file["media_type"] or "").partition(";")[0].strip().lower()
    if media_type in IMAGES:
        return {"kind": "image"}
    if file["is_deleted"] or (file["file_size"] or 0) > LARGEST:
        return {"kind": "", "reason": "It is too large to be shown here." if not file["is_deleted"] else "It is deleted."}
    try:
        text = await api.text(f"/v6/files/{file['id']}/content/")
    except Refused as refused:
        return {"kind": "", "reason": refused.detail}
    return _of_text(media_type, text)


def _of_text(media_type: str, text: str) -> dict[str, Any]:
    if "\x00" in text or "\ufffd" in text:
        return {"kind": "", "reason": "It is not text."}
    if media_type in MAPS and (shapes := _shapes(text)):
        return {"kind": "map", "shapes": shapes, "text": text}
    if media_type in TABLES:
        rows = csv.reader(io.StringIO(text), delimiter="," if media_type == "text/csv" else "\t")
        return {"kind": "table", "rows": list(islice(rows, ROWS))}
    return {"kind": "text", "text": text}


def _shapes(text: str) -> list[str]:
    try:
        return drawn(json.loads(text))
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        return []
