"""What people do with the pages as a whole: with the mouse alone, without scripts, over an interruption, back and forth."""

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from jobsvc.client import Client
from jobsvc.client.models import Data
from tests.cli.support import environment, running_service
from tests.console.conftest import MILLISECONDS, new_context
from tests.console.test_flows import wait_for_status
from tests.console.variety import manifest

MANY = 120
"""Files of a job; its page shows fewer."""


@pytest.fixture(scope="module")
def mended(service: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A path: as long as nothing is there, jobs of the type `mendable` fail."""
    path = tmp_path_factory.mktemp("cause") / "mended"
    with Client(service) as client:
        client.job_types.create(manifest("mendable", f"test -e {path} || exit 3", "Mendable"))
    return path


def test_with_the_mouse_alone(page: Page, service: str, mended: Path) -> None:
    page.goto(service)
    page.get_by_role("link", name="Job types", exact=True).click()
    page.get_by_role("row", name=re.compile("mendable")).get_by_role("link", name="Submit a job").click()
    page.get_by_role("button", name="Submit").click()
    wait_for_status(page, "FAILED")
    page.get_by_role("link", name="Overview", exact=True).click()
    failures = page.locator("section").filter(has=page.get_by_role("heading", name="Failures"))
    failures.get_by_role("row", name=re.compile("mendable")).get_by_role("link").first.click()
    expect(page.get_by_text("Why it failed")).to_be_visible()
    mended.touch()
    page.get_by_role("link", name="Job types", exact=True).click()
    page.get_by_role("row", name=re.compile("mendable")).get_by_role("link", name="1", exact=True).click()
    page.get_by_role("link", name=re.compile("Requeue all")).click()
    page.get_by_role("button", name="Requeue 1 job").click()
    wait_for_status(page, "COMPLETED")
    page.get_by_role("link", name="What became of these jobs").click()
    expect(page.locator("tr[data-href]")).to_have_count(1)
    expect(page.locator("tr[data-href]")).to_contain_text("COMPLETED")


def test_without_scripts(browser: Browser, service: str) -> None:
    with new_context(browser, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{service}/console/job-types/countdown/1.0.0/submit/")
        page.get_by_label("SECONDS").fill("20")
        page.get_by_role("button", name="Submit").click()
        page.get_by_role("button", name="Cancel").click()
        page.get_by_role("link", name="Details").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Cancel")
        page.goto(f"{service}/console/jobs/?started=")
        expect(page.get_by_role("button", name="Save view")).to_be_hidden()
        page.get_by_role("button", name="Requeue selected").click()
        expect(page.get_by_role("alert")).to_have_text("No job is selected.")
        page.go_back()
        page.get_by_label("Select job 1", exact=True).check()
        page.get_by_role("button", name="Requeue selected").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Requeue 0 of 1 job")
        page.goto(f"{service}/console/executions/1/log/")
        page.get_by_role("link", name="text", exact=True).click()
        expect(page.locator("body")).to_contain_text("report.csv")


def test_back_and_forth_through_filters(page: Page, service: str) -> None:
    page.goto(f"{service}/console/jobs/?started=")
    page.get_by_label("FAILED").check()
    page.get_by_role("button", name="Filter").click()
    expect(page).to_have_url(re.compile("status=FAILED"))
    page.locator("tr[data-href] a").first.click()
    page.go_back()
    expect(page.get_by_label("FAILED")).to_be_checked()
    page.go_back()
    expect(page).not_to_have_url(re.compile("status=FAILED"))
    page.go_forward()
    expect(page.locator("tr[data-href]").first).to_contain_text("FAILED")
    expect(page.get_by_label("FAILED")).to_be_checked()


def test_labels_are_set_and_taken_away(page: Page, service: str) -> None:
    page.goto(f"{service}/console/jobs/1/")
    page.get_by_text("Change labels").click()
    page.get_by_label("Label", exact=True).fill("owner: night shift")
    page.get_by_label("Label", exact=True).press("Enter")
    expect(page.get_by_role("link", name="owner: night shift")).to_be_visible()
    page.get_by_text("Change labels").click()
    page.get_by_role("button", name="Remove the label owner").click()
    expect(page.get_by_role("link", name="owner: night shift")).to_have_count(0)
    page.get_by_text("Change labels").click()
    page.get_by_role("button", name="Set label").click()
    expect(page.get_by_role("alert")).to_contain_text("labels")


def test_budget_and_breaker_are_set_and_shown_where_they_hold(page: Page, service: str) -> None:
    page.goto(f"{service}/console/policies/patient/")
    page.get_by_text("budget and breaker").click()
    page.get_by_label("Retries, as a share of all starts").fill("2")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.locator("#budget_share-problem")).to_be_visible()
    page.get_by_label("Retries, as a share of all starts").fill("0.25")
    page.get_by_label("Opens when one error has such a share").fill("0.5")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.get_by_text("at most 25 %")).to_be_visible()
    page.get_by_label("Job type", exact=True).select_option("countdown 1.0.0")
    page.get_by_role("button", name="Attach").click()
    page.goto(f"{service}/console/job-types/countdown/1.0.0/")
    retries = page.locator("section").filter(has=page.get_by_role("heading", name="Retries"))
    expect(retries).to_contain_text("at most 25 %")
    expect(retries).to_contain_text("Breaker")


def test_a_job_with_much_input_is_told_in_short(service: str) -> None:
    with Client(service) as client:
        inputs = {"files": [{"name": "MANY", "multiple": True}], "json": [{"name": "TEXT", "type": "string"}]}
        type_id = client.job_types.create(manifest("much", "true", "Much", **inputs))["id"]
        file_id = client.files.list()["results"][0]["id"]
        data: Data = {"files": {"MANY": [file_id] * MANY}, "json": {"TEXT": "x" * 100_000}}
        job_id = client.jobs.submit(type_id, data, not_before="2999-01-01T00:00:00Z")["id"]
        answer = httpx.get(f"{service}/console/jobs/{job_id}/")
        client.bulk.cancel({"job_ids": [job_id]})
    assert f"the first 50 of {MANY} files" in answer.text
    assert "all 100,000 characters" in answer.text
    assert len(answer.content) < 50_000


def test_a_page_says_that_it_has_lost_touch_and_comes_back(browser: Browser, tmp_path: Path) -> None:
    variables = environment(tmp_path / "data")
    with new_context(browser) as context:
        page = context.new_page()
        with running_service(variables) as url:
            page.goto(f"{url}/console/jobs/")
            expect(page.locator("#touch")).to_have_text("live")
        expect(page.locator("#touch")).to_have_text("lost touch, trying again", timeout=MILLISECONDS)
        with running_service(variables):
            expect(page.locator("#touch")).to_have_text("live", timeout=MILLISECONDS)
            expect(page.get_by_text("No jobs fit.")).to_be_visible()


def test_a_view_is_saved_for_all_and_dropped(browser: Browser, page: Page, service: str) -> None:
    page.goto(f"{service}/console/jobs/?status=FAILED&started=")
    page.get_by_text("Views for all").click()
    page.get_by_label("Save this one as").fill("all <b>failures<b>")
    page.get_by_label("Save this one as").press("Enter")
    with new_context(browser) as other:
        guest = other.new_page()
        guest.goto(f"{service}/console/jobs/")
        guest.get_by_role("link", name="all <b>failures<b>").click()
        expect(guest.get_by_label("FAILED")).to_be_checked()
        guest.get_by_role("button", name="Drop the view all <b>failures<b> for all").click()
        expect(guest.get_by_role("link", name="all <b>failures<b>")).to_have_count(0)
