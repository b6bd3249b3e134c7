"""Takes pictures of the console's pages, for docs/console.md and for whoever changes them.

`python -m scripts.console_pictures DIRECTORY` starts a service of its own with example jobs, and needs a Chromium; `--pages`,
`--widths` and `--themes` choose what is taken.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright
from tests.cli.support import environment, running_service
from tests.console.conftest import CHROMIUM, fill, new_context
from tests.console.variety import add_variety

from jobsvc.client import Client

PAGES = {
    "overview": "",
    "jobs": "jobs/?started=",
    "groups": "jobs/?started=&group_by=job_type_name",
    "job": "jobs/2/",
    "log": "executions/1/log/?job=1",
    "job-types": "job-types/",
    "job-type": "job-types/word-count/1.0.0/",
    "submit": "job-types/word-count/1.0.0/submit/?from=1",
    "register": "job-types/register/",
    "requeue": "bulk/preview/?kind=requeue&status=FAILED",
    "bulk": "bulk/",
    "search": "search/?q=words",
    "errors": "errors/",
    "files": "files/",
    "file": "files/2/",
    "workers": "nodes/",
    "tokens": "tokens/",
    "audit": "audit/",
    "webhooks": "webhooks/",
    "retention": "retention/",
}
HEIGHT = 860


def main() -> None:
    """Take them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--pages", nargs="*", default=list(PAGES), choices=list(PAGES))
    parser.add_argument("--widths", nargs="*", type=int, default=[1280])
    parser.add_argument("--themes", nargs="*", default=["light", "dark"])
    asked = parser.parse_args()
    asked.directory.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as data,
        running_service(environment(Path(data)) | {"JOBSVC_WEBHOOK_PRIVATE": "true"}) as url,
        sync_playwright() as playwright,
    ):
        with Client(url) as client:
            fill(client)
            add_variety(client, url)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for theme in asked.themes:
            for width in asked.widths:
                _take(browser, f"{url}/console/", asked, theme, width)
        browser.close()


def _take(browser: Browser, home: str, asked: argparse.Namespace, theme: Literal["light", "dark"], width: int) -> None:
    suffix = "" if len(asked.widths) == 1 else f"-{width}"
    with new_context(browser, viewport={"width": width, "height": HEIGHT}, color_scheme=theme) as context:
        page = context.new_page()
        for name in asked.pages:
            page.goto(home + PAGES[name], wait_until="load")
            page.screenshot(path=asked.directory / f"{name}-{theme}{suffix}.png")


if __name__ == "__main__":
    main()
