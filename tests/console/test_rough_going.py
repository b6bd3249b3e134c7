"""Ten thousand rows of hostile names, a slow network, and pages that do not jump about."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from playwright.sync_api import Browser, Page, Request, expect

from jobsvc.client import Client
from jobsvc.console.rendering import visible
from jobsvc.embedded import EmbeddedPostgres
from tests.cli.support import environment, running_service
from tests.console.conftest import fill, new_context
from tests.console.windows import COUNT_SHIFTS, MOST_SHIFT, is_wider, shifted

ROWS = 10_000
NAMES = (
    "<script>document.title = 'taken over'</script>",
    "\"><img src=x onerror=document.title='taken over'>",
    "{{ 7 * 7 }} {% raw %} ${7*7}",
    "\u202egnp.exe",
    "\u2066isolated\u2069 \u200b \ufeff",
    "line\nbreak\r\nand\ttab",
    "\u0001\u001b[31m\u2400",
    "\N{PILE OF POO}\N{ZERO WIDTH JOINER}\N{FIRE}",
    "x" * 5000,
    "../../etc/passwd",
    "',--; DROP TABLE file",
    " ",
)
SLOW = {"offline": False, "latency": 700, "downloadThroughput": 60_000, "uploadThroughput": 20_000}
"""Milliseconds, and bytes a second: that of a telephone far from a mast."""
INSERT = """
INSERT INTO file (workspace_id, file_name, file_path, file_type, file_size, media_type)
SELECT 1, ($1::text[])[1 + i % cardinality($1)], 'hostile/' || i, 'SOURCE', 1, 'text/plain' FROM generate_series(1, $2) i
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A service with jobs, and files with hostile names."""
    variables = environment(tmp_path_factory.mktemp("rough"))
    with running_service(variables) as url, Client(url) as client:
        fill(client)
        # The browser runs a loop in this thread.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, add_files(Path(variables["JOBSVC_DATA_DIR"]))).result()
        yield url


async def add_files(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir)
    connection = await asyncpg.connect(server.start().replace("+asyncpg", ""))
    await connection.execute(INSERT, NAMES, ROWS)
    await connection.close()
    server.stop()


def test_hostile_names_are_text_however_many_there_are(browser: Browser, service: str) -> None:
    with new_context(browser) as context:
        context.add_init_script(COUNT_SHIFTS)
        page = context.new_page()
        page.goto(f"{service}/console/files/?page_size=1000&page=5")
        shown = page.locator("tbody td:nth-child(2)").all_text_contents()
        assert len(shown) == 1000
        assert {name.strip() for name in shown} >= {visible(name).strip() for name in NAMES}
        expect(page).to_have_title("Files · jobsvc")
        assert shifted(page) < MOST_SHIFT
        assert [width for width in (400, 1280, 3840) if is_wider(page, width)] == []
        page.get_by_role("link", name="Next").first.click()
        expect(page).to_have_title("Files · jobsvc")


def test_on_a_slow_line_a_page_asks_once_at_a_time_and_does_not_jump(browser: Browser, service: str) -> None:
    with new_context(browser) as context:
        context.add_init_script(COUNT_SHIFTS)
        page = context.new_page()
        context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW)
        asked = overlapping(page, f"{service}/console/jobs/?started=")
        page.goto(f"{service}/console/jobs/?started=")
        with Client(service) as client:
            word_count = client.job_types.get("word-count")["id"]
            for _ in range(8):
                client.jobs.submit(word_count, {"files": {"TEXT": [1]}, "json": {"TOP": 3}})
        expect(page.locator("tr[data-href]")).to_have_count(10)
        assert asked["most"] == 1
        assert shifted(page) < MOST_SHIFT
        page.goto(f"{service}/console/executions/1/log/")
        expect(page.locator("#log .text").first).to_be_visible()


def overlapping(page: Page, address: str) -> dict[str, int]:
    """How many requests for an address are under way, and were at most."""
    counted = {"now": 0, "most": 0}

    def begun(request: Request) -> None:
        if request.url == address:
            counted["now"] += 1
            counted["most"] = max(counted["most"], counted["now"])

    def ended(request: Request) -> None:
        counted["now"] -= request.url == address

    page.on("request", begun)
    page.on("requestfinished", ended)
    page.on("requestfailed", ended)
    return counted
