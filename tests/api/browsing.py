"""A real browser that looks at a page of an application in this process.

Left out where there is no Chromium (`apt-get install chromium`), unless JOBSVC_REQUIRE_BROWSER is set.
"""

import asyncio
import os
import shutil
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-proxy-server")
SECONDS = 60
"""A browser may take its time to start on a busy machine."""
needs_browser = pytest.mark.skipif(
    not (CHROMIUM or os.environ.get("JOBSVC_REQUIRE_BROWSER")), reason="no Chromium here; apt-get install chromium"
)


def reports(app: FastAPI, content: Callable[[], str]) -> "asyncio.Queue[str]":
    """Give the application a page, `/page/`; what its script sends to `/report/` comes out here."""
    reported: asyncio.Queue[str] = asyncio.Queue()

    async def page(_request: Request) -> Response:
        return HTMLResponse(content())

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
