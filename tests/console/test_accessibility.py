"""What axe-core finds on the pages, in both themes: nothing."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.console.conftest import new_context

PATHS = (
    "",
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
    "executions/1/log/",
    "search/?q=word",
    "job-types/",
    "job-types/register/",
    "job-types/word-count/1.0.0/",
    "job-types/word-count/1.0.0/submit/",
    "bulk/",
    "bulk/preview/?kind=requeue&job_id=2",
    "nodes/",
    "files/",
    "files/2/",
    "workspaces/",
    "errors/",
    "sign-in/",
    "jobs/999999/",
)
OPTIONS = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_are_for_everybody(browser: Browser, service: str, theme: Literal["light", "dark"]) -> None:
    violations: dict[str, list[str]] = {}
    with new_context(browser, color_scheme=theme) as context:
        page = context.new_page()
        for path in PATHS:
            page.goto(f"{service}/console/{path}")
            results = Axe().run(page, options=OPTIONS).response["violations"]
            violations |= {f"{path} {item['id']}": [node["html"][:200] for node in item["nodes"]][:3] for item in results}
    assert violations == {}
