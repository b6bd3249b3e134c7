"""A service with a worker and some jobs, and a real browser that looks at its console.

The browser is Chromium of the system. Tests that need it are left out where there is none, unless JOBSVC_REQUIRE_BROWSER is set.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from jobsvc.client import Client
from tests.cli.support import DATA, EXAMPLES, environment, running_service

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
MILLISECONDS = 60_000
"""How long a browser may take for something on a busy machine."""
WINDOW: ViewportSize = {"width": 1280, "height": 720}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, without a window. It runs an event loop in this thread, so it must be gone before tests of others begin."""
    if not CHROMIUM and not os.environ.get("JOBSVC_REQUIRE_BROWSER"):
        pytest.skip("there is no Chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`jobsvc up` with the example job types: job 1 has completed, job 2 has failed. Gives its URL."""
    variables = environment(tmp_path_factory.mktemp("console")) | {"JOBSVC_WEBHOOK_PRIVATE": "true"}
    with running_service(variables) as url, Client(url) as client:
        fill(client)
        yield url


def fill(client: Client) -> None:
    """Job types, a retry policy, a job that completes, and one that fails."""
    for name in ("word-count", "countdown"):
        manifest = json.loads((EXAMPLES / name / "manifest.json").read_text())
        client.job_types.create(manifest, configuration={"version": "6", "settings": {"EXAMPLES": str(EXAMPLES)}})
    client.retry_policies.set("patient", [{"causes": ["oom"], "memory": {"factor": 2, "max": 8192}}])
    word_count = client.job_types.get("word-count")["id"]
    text = client.files.upload(DATA / "gettysburg-address.txt")["id"]
    for top, status in ((3, "COMPLETED"), (0, "FAILED")):
        job = client.jobs.submit(word_count, {"files": {"TEXT": [text]}, "json": {"TOP": top}})
        assert client.jobs.wait(job["id"], max_wait=60)["status"] == status


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of somebody who has never been here."""
    with new_context(browser) as made:
        yield made


@contextmanager
def new_context(
    browser: Browser,
    viewport: ViewportSize | None = None,
    color_scheme: Literal["light", "dark"] | None = None,
    *,
    java_script_enabled: bool = True,
) -> Iterator[BrowserContext]:
    """The same with a window of another size, a theme, or without scripts."""
    made = browser.new_context(viewport=viewport or WINDOW, color_scheme=color_scheme, java_script_enabled=java_script_enabled)
    made.set_default_timeout(MILLISECONDS)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab; it fails a test in which a script failed, or wanted what the page's policy refuses."""
    made = context.new_page()
    problems: list[str] = []
    made.on("pageerror", lambda error: problems.append(str(error)))
    made.on("console", lambda message: problems.append(message.text) if "Content Security Policy" in message.text else None)
    yield made
    assert problems == []


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Where a service of the test's own keeps what it has."""
    return tmp_path / "data"
