"""A real browser follows a log by its own EventSource.

Left out where there is no Chromium (`apt-get install chromium`), unless JOBSVC_REQUIRE_BROWSER is set.
"""

import asyncio
import os
import shutil
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from tests.api.logged import serving
from tests.factories import Factory
from tests.services.logs.logged import running
from tests.support import Client

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-proxy-server")
SECONDS = 60
"""A browser may take its time to start on a busy machine."""
PAGE = """<!doctype html><script>
const tell = text => fetch('/report/', {method: 'POST', body: text});
const source = new EventSource('/v6/job-executions/%d/logs/combined/stream/');
source.addEventListener('line', event => tell(JSON.parse(event.data).message));
source.addEventListener('end', event => tell('end ' + JSON.parse(event.data).status));
source.addEventListener('error', () => { if (source.readyState === EventSource.CLOSED) tell('closed'); });
</script>"""


def reports(app: FastAPI, execution_id: int) -> "asyncio.Queue[str]":
    """Give the application a page that follows an execution; what the page tells comes out here."""
    reported: asyncio.Queue[str] = asyncio.Queue()

    async def page(_request: Request) -> Response:
        return HTMLResponse(PAGE % execution_id)

    async def report(request: Request) -> Response:
        reported.put_nowait((await request.body()).decode())
        return Response(status_code=204)

    app.add_route("/page/", page)
    app.add_route("/report/", report, methods=["POST"])
    return reported


@asynccontextmanager
async def browsing(url: str, profile: Path) -> AsyncIterator[None]:
    """A browser that looks at a page."""
    command = (CHROMIUM, *OPTIONS, f"--user-data-dir={profile}", url)
    process = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, stderr=DEVNULL)
    try:
        yield
    finally:
        process.kill()
        await process.wait()


@pytest.mark.skipif(
    not (CHROMIUM or os.environ.get("JOBSVC_REQUIRE_BROWSER")), reason="no Chromium here; apt-get install chromium"
)
async def test_a_browser_shows_lines_as_they_come_and_stops_at_the_end(client: Client, make: Factory, tmp_path: Path) -> None:
    job = await running(make)
    reported = reports(client.app, job.execution.id)
    await job.write(1, message="<b>Grüße</b>")
    async with serving(client.app) as http, asyncio.timeout(SECONDS), browsing(f"{http.base_url}/page/", tmp_path):
        assert await reported.get() == "<b>Grüße</b>"
        await job.write(2)
        assert await reported.get() == "line 2"
        await job.end()
        # Nobody told the source to close: it comes back, once.
        assert [await reported.get(), await reported.get()] == ["end COMPLETED", "closed"]
