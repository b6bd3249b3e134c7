"""The log of an execution in a browser: long ones, live ones, and what nobody would want to see in it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from jobsvc.client import Client
from tests.cli.support import environment, running_service

LINES = 20_000
LONG = f"i=1; while [ $i -le {LINES} ]; do echo line $i; i=$((i+1)); done"
ODD = (
    "printf 'plain\\n'; printf '\\033[31mred\\033[0m and \\033[1;32mgreen\\033[0m\\n' >&2; "
    "printf '<img src=x onerror=alert(1)>\\n'; printf '\\001\\002\\377\\n'; "
    "for i in 10 20 30 100; do printf 'done %3d%%\\r' $i; done; printf '\\nlast\\n'"
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Execution 1 has a long log, 2 an odd one, 3 is still writing."""
    with running_service(environment(tmp_path_factory.mktemp("logs"))) as url, Client(url) as client:
        for name, script in (
            ("long", LONG),
            ("odd", ODD),
            ("live", "i=1; while :; do echo tick $i; i=$((i+1)); sleep 0.3; done"),
        ):
            job = client.jobs.submit(client.job_types.create(manifest(name, script))["id"], {"files": {}, "json": {}})
            if name != "live":
                client.jobs.wait(job["id"], max_wait=60)
        yield url


def manifest(name: str, script: str) -> dict[str, object]:
    """A job type that runs a script."""
    quoted = script.replace("'", "'\\''")
    job = {
        "name": name,
        "jobVersion": "1.0.0",
        "packageVersion": "1.0.0",
        "title": name,
        "description": name,
        "maintainer": {"name": "a", "email": "a@example.com"},
        "timeout": 300,
        "interface": {"command": f"sh -c '{quoted}'"},
    }
    return {"seedVersion": "1.0.0", "job": job}


def text_of(page: Page, number: int) -> str:
    return page.locator("#log .text").nth(number).inner_text()


def test_a_long_log_opens_at_its_end_and_is_read_to_its_start(page: Page, service: str) -> None:
    page.goto(f"{service}/console/executions/1/log/")
    expect(page.locator("#log .text").last).to_have_text(f"line {LINES}")
    assert page.locator("#log > div").count() < LINES / 10
    page.locator("#log").evaluate("view => { view.scrollTop = 0; }")
    expect(page.get_by_text(f"line {LINES - 900}", exact=True)).to_be_attached()
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#log .text").first).to_have_text("line 1")
    page.locator("#log").evaluate("view => { view.scrollTop = view.scrollHeight; }")
    expect(page.get_by_text("line 900", exact=True)).to_be_attached()
    page.get_by_role("button", name="End").click()
    expect(page.locator("#log .text").last).to_have_text(f"line {LINES}")


def test_a_link_leads_to_a_line_in_the_middle(page: Page, service: str) -> None:
    page.goto(f"{service}/console/executions/1/log/?q=1234")
    hit = page.locator("#log > div").filter(has=page.get_by_text("line 1234", exact=True))
    expect(hit.locator("mark").first).to_have_text("1234")
    link = hit.locator("a").get_attribute("href")
    assert link
    page.goto(f"{service}/console/executions/1/log/{re.sub('q=1234&', '', link)}")
    expect(page.locator("#log .at .text")).to_have_text("line 1234")
    expect(page.locator("#log .at")).to_be_in_viewport()
    expect(page.get_by_text("line 1233", exact=True)).to_be_attached()
    expect(page.get_by_text("line 1235", exact=True)).to_be_attached()


def test_a_log_is_text_whatever_is_in_it(page: Page, service: str) -> None:
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.goto(f"{service}/console/executions/2/log/")
    expect(page.get_by_text("last", exact=True)).to_be_visible()
    expect(page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    red = page.locator("#log .stderr .a31")
    expect(red).to_have_text("red")
    assert "\x1b" not in page.locator("#log").inner_text()
    progress = page.locator("#log > div").filter(has_text="steps")
    expect(progress).to_have_count(1)
    expect(progress).to_contain_text("100%")
    page.get_by_label("fold progress").uncheck()
    expect(page.locator("#log > div").filter(has_text="done ")).to_have_count(4)


def test_a_log_is_followed(page: Page, service: str) -> None:
    page.goto(f"{service}/console/executions/3/log/")
    expect(page.get_by_text("following")).to_be_visible()
    first = text_of(page, page.locator("#log .text").count() - 1)
    expect(page.locator("#log .text").last).not_to_have_text(first)


def test_lines_of_all_logs_are_found(page: Page, service: str) -> None:
    page.goto(f"{service}/console/search/")
    page.get_by_label("Lines with").fill("onerror")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("row", name=re.compile("odd"))).to_contain_text("<img src=x")
