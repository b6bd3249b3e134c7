"""What operators keep in order on pages: webhooks, what goes when, what waits, and what a list shows."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from playwright.sync_api import Page, expect

from jobsvc.client import Client


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[str]]]:
    """An address that takes events, and the types of those that came."""
    taken: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(json.loads(self.rfile.read(int(self.headers["content-length"])))["type"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", taken
    server.shutdown()
    server.server_close()


def test_a_webhook_is_made_tested_switched_off_and_deleted(page: Page, service: str, receiver: tuple[str, list[str]]) -> None:
    address, taken = receiver
    page.goto(f"{service}/console/")
    page.get_by_role("link", name="Webhooks", exact=True).click()
    page.get_by_label("Address").fill(address)
    page.get_by_label("Events").fill("job.completed job.failed")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("whsec_")).to_be_visible()
    page.get_by_role("link", name=address).click()
    expect(page.locator("main")).not_to_contain_text("whsec_")
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator("table.rows")).to_contain_text("204", timeout=30_000)
    page.get_by_role("button", name=re.compile("again")).click()
    expect(page.locator("table.rows tbody tr")).not_to_have_count(0)
    page.get_by_role("button", name="New secret").click()
    expect(page.get_by_text("whsec_")).to_be_visible()
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_role("button", name="Switch on")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Events are sent nowhere.")).to_be_visible()
    assert taken


def test_an_address_that_is_none_is_refused_with_the_words_of_the_api(page: Page, service: str) -> None:
    page.goto(f"{service}/console/webhooks/")
    page.get_by_label("Address").fill("ftp://example.org/")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("url")


def test_how_long_a_type_is_kept_is_said_and_a_job_is_held(page: Page, service: str) -> None:
    page.goto(f"{service}/console/job-types/word-count/1.0.0/")
    page.get_by_label("Failed jobs").fill("14")
    page.get_by_role("button", name="Set days").click()
    expect(page.get_by_label("Failed jobs")).to_have_value("14")
    page.goto(f"{service}/console/jobs/1/")
    page.get_by_label("Reason").fill("for the audit")
    page.get_by_role("button", name="Hold").click()
    expect(page.locator("main")).to_contain_text("for the audit")
    page.get_by_role("button", name="Let it go when it is old").click()
    expect(page.locator("main")).to_contain_text("it goes when it is old")
    page.get_by_role("link", name="Retention", exact=True).click()
    expect(page.get_by_text("Nothing is old enough to go.")).to_be_visible()


def test_a_job_that_waits_is_changed(page: Page, service: str) -> None:
    with Client(service) as client:
        countdown = client.job_types.get("countdown")["id"]
        job = client.jobs.submit(countdown, {"files": {}, "json": {"SECONDS": 0}}, not_before="2999-01-01T00:00:00Z")["id"]
        page.goto(f"{service}/console/jobs/{job}/")
        page.get_by_text("Change priority").click()
        page.get_by_label("Priority").fill("7")
        page.get_by_label("Timeout").fill("77")
        page.get_by_role("button", name="Change").click()
        expect(page.get_by_role("row", name="Priority")).to_contain_text("7")
        assert client.jobs.get(job)["configuration"]["priority"] == 7
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("CANCELED")


def test_columns_are_chosen_and_stay_when_pages_turn(page: Page, service: str) -> None:
    page.goto(f"{service}/console/jobs/?started=&page_size=1")
    page.get_by_text("Columns", exact=True).click()
    for name in ("Node", "Tries"):
        page.get_by_label(name).uncheck()
    page.get_by_role("button", name="Show these").click()
    headings = page.locator("table.rows thead")
    expect(headings).not_to_contain_text("Node")
    expect(headings).to_contain_text("Waited")
    page.get_by_role("link", name="Next →").first.click()
    expect(page).to_have_url(re.compile("page=2"))
    expect(headings).not_to_contain_text("Tries")
    page.get_by_label("FAILED").check()
    page.get_by_role("button", name="Filter").click()
    expect(headings).not_to_contain_text("Node")
    expect(page.locator("footer")).not_to_contain_text("columns")
