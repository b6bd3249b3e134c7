"""What axe-core finds on the pages, in both themes: nothing; and at every width all of a page is to be seen."""

import re
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from jobsvc.client import Client
from jobsvc.console.routes import PAGES
from tests.console.conftest import new_context
from tests.console.variety import add_variety
from tests.console.windows import COUNT_SHIFTS, MOST_SHIFT, is_wider, shifted

PATHS = (
    "",
    "?started=P30D",
    "jobs/?started=",
    "jobs/?started=&group_by=job_type_name",
    "tokens/",
    "audit/",
    "policies/",
    "policies/patient/",
    "webhooks/",
    "retention/",
    "jobs/?started=&columns=status,error",
    "jobs/1/",
    "jobs/2/",
    "jobs/3/",
    "jobs/7/",
    "executions/3/log/?job=3",
    "policies/calm/",
    "webhooks/1/",
    "job-types/every-input/1.0.0/",
    "job-types/every-input/1.0.0/submit/?from=7",
    "files/3/",
    "files/7/",
    "executions/1/log/",
    "search/?q=word",
    "job-types/",
    "job-types/register/",
    "job-types/word-count/1.0.0/",
    "job-types/word-count/1.0.0/submit/",
    "bulk/",
    "bulk/1/",
    "bulk/preview/?kind=requeue&job_id=2",
    "nodes/",
    "files/",
    "files/2/",
    "workspaces/",
    "errors/",
    "sign-in/",
    "jobs/999999/",
)
OPTIONS = {
    "light": {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}},
    "dark": {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}},
}
"""What is asked in a theme: in the second one what colours decide, for all else is the same."""


REDIRECTS = frozenset({"/sign-in/oidc/", "/sign-in/oidc/back/", "/sign-in/oidc/out/", "/static/{name}/"})
"""What is no page of its own."""
WIDTHS = (400, 640, 3840)
"""Of a telephone, of a window of 1280 pixels at twice the size, and of a large screen."""


@pytest.fixture(scope="module")
def varied(service: str) -> str:
    """A service that has whatever there may be."""
    with Client(service) as client:
        add_variety(client, service)
    return service


def test_no_page_is_left_out() -> None:
    paths = ["/" + path.partition("?")[0] for path in PATHS]
    patterns = [re.sub(r"\{[^/]*\}", "[^/]+", path) for method, path, _ in PAGES if method == "GET" and path not in REDIRECTS]
    assert [pattern for pattern in patterns if not any(re.fullmatch(pattern, path) for path in paths)] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_are_for_everybody(browser: Browser, varied: str, theme: Literal["light", "dark"]) -> None:
    violations: dict[str, list[str]] = {}
    with new_context(browser, color_scheme=theme) as context:
        context.add_init_script(COUNT_SHIFTS)
        page = context.new_page()
        for path in PATHS:
            page.goto(f"{varied}/console/{path}")
            if (shift := shifted(page)) >= MOST_SHIFT:
                violations[f"{path} jumps"] = [str(shift)]
            results = Axe().run(page, options=OPTIONS[theme]).response["violations"]
            violations |= {f"{path} {item['id']}": [node["html"][:200] for node in item["nodes"]][:3] for item in results}
            if theme == "light":
                violations |= {f"{path} {width}": ["is wider than the window"] for width in WIDTHS if is_wider(page, width)}
    assert violations == {}
