"""What somebody does with the mouse, who has never read the documents."""

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from jobsvc.client import Client
from tests.cli.support import DATA
from tests.console.conftest import new_context


def wait_for_status(page: Page, status: str) -> None:
    """Until the page itself says so; it keeps itself fresh."""
    expect(page.get_by_role("heading", level=1)).to_contain_text(status, timeout=60_000)


def test_a_job_is_submitted_and_watched(page: Page, service: str) -> None:
    page.goto(service)
    page.get_by_role("link", name="Job types", exact=True).click()
    page.get_by_role("row", name=re.compile("word-count")).get_by_role("link", name="Submit a job").click()
    page.get_by_label("Upload for TEXT").set_input_files(DATA / "gettysburg-address.txt")
    expect(page.get_by_text("gettysburg-address.txt uploaded")).to_be_visible()
    page.get_by_label("TOP").fill("2")
    page.get_by_role("button", name="Submit").click()
    wait_for_status(page, "COMPLETED")
    expect(page.get_by_text("wrote report.csv")).to_be_visible()
    page.get_by_role("link", name="report.csv").click()
    expect(page.get_by_role("table")).to_contain_text("that")


def test_what_is_wrong_stands_at_its_field(page: Page, service: str) -> None:
    page.goto(f"{service}/console/job-types/word-count/1.0.0/submit/")
    page.get_by_label("TEXT", exact=False).first.fill("999999")
    page.get_by_label("TOP").fill("many")
    page.get_by_role("button", name="Submit").click()
    faulty = page.locator(".field.faulty")
    expect(faulty).to_contain_text("TOP")
    expect(faulty.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("TOP")).to_have_value("many")


def test_a_failure_says_why_and_can_be_submitted_again_with_changes(page: Page, service: str) -> None:
    page.goto(f"{service}/console/")
    page.get_by_role("table").get_by_role("link", name="2", exact=True).first.click()
    expect(page.get_by_text("Why it failed")).to_be_visible()
    expect(page.get_by_text("TOP must be 1 or more")).to_be_visible()
    page.get_by_role("link", name="Submit again with changes").click()
    expect(page.get_by_label("TOP")).to_have_value("0")
    page.get_by_label("TOP").fill("1")
    page.get_by_role("button", name="Submit").click()
    wait_for_status(page, "COMPLETED")


def test_a_running_job_is_canceled_and_requeued(page: Page, service: str) -> None:
    page.goto(f"{service}/console/job-types/countdown/1.0.0/submit/")
    page.get_by_label("SECONDS").fill("25")
    page.get_by_role("button", name="Submit").click()
    wait_for_status(page, "RUNNING")
    page.get_by_role("button", name="Cancel").click()
    wait_for_status(page, "CANCELED")
    page.get_by_role("button", name="Requeue").click()
    wait_for_status(page, "RUNNING")
    expect(page.get_by_role("table").filter(has_text="Try").get_by_role("row")).to_have_count(3)
    page.get_by_role("button", name="Cancel").click()
    wait_for_status(page, "CANCELED")


def test_what_a_filter_shows_is_requeued(page: Page, service: str) -> None:
    page.goto(f"{service}/console/jobs/")
    page.get_by_label("FAILED").check()
    page.get_by_role("button", name="Filter").click()
    expect(page).to_have_url(re.compile(r"status=FAILED"))
    page.get_by_role("link", name=re.compile("Requeue all")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Requeue")
    page.get_by_role("button", name=re.compile(r"Requeue \d+ job")).click()
    wait_for_status(page, "COMPLETED")
    expect(page.get_by_role("row", name=re.compile("Done"))).not_to_contain_text("0")
    page.get_by_role("link", name="Bulk", exact=True).click()
    expect(page.get_by_role("row", name=re.compile("Requeue")).first).to_contain_text("status")


def test_selected_jobs_are_requeued(page: Page, service: str) -> None:
    page.goto(f"{service}/console/jobs/?started=")
    button = page.get_by_role("button", name="Requeue selected")
    expect(button).to_be_disabled()
    page.get_by_label("Select job 1", exact=True).check()
    button.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Requeue 0 of 1 job")


def test_more_than_a_thousand_want_the_number_typed(service: str) -> None:
    fields = {"kind": "cancel", "job_id": "1", "expected": "1001"}
    for typed, words in (("", "1001"), ("1000", "1001"), ("1,001", "selects")):
        answer = httpx.post(f"{service}/console/bulk/", data=fields | {"typed": typed})
        assert answer.status_code == httpx.codes.BAD_REQUEST
        assert words in answer.text


def test_a_job_type_is_registered_paused_and_limited(page: Page, service: str) -> None:
    page.goto(f"{service}/console/job-types/register/")
    manifest = page.get_by_label("Manifest").input_value()
    page.get_by_label("Manifest").fill(manifest.replace('"timeout": 60', '"timeout": "soon"'))
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("alert")).to_contain_text("timeout")
    page.get_by_label("Manifest").fill(manifest)
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("hello")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("paused", exact=True)).to_be_visible()
    page.get_by_label("Running at most").fill("2")
    page.get_by_role("button", name="Set limits").click()
    assert httpx.get(f"{service}/v6/job-types/hello/1.0.0/").json()["max_scheduled"] == 2


def test_the_scheduler_and_a_node_are_paused(page: Page, service: str) -> None:
    page.goto(f"{service}/console/nodes/")
    page.get_by_role("button", name="Start no more jobs").click()
    page.get_by_role("button", name="Start jobs again").click()
    page.get_by_placeholder("why").fill("new disk")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("new disk")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_placeholder("why")).to_be_visible()


def test_two_tabs_see_the_same(page: Page, service: str) -> None:
    other = page.context.new_page()
    other.goto(f"{service}/console/jobs/")
    page.goto(f"{service}/console/job-types/word-count/1.0.0/submit/?from=1")
    page.get_by_role("button", name="Submit").click()
    wait_for_status(page, "COMPLETED")
    job_id = re.search(r"/jobs/(\d+)/", page.url)
    assert job_id
    expect(other.get_by_role("link", name=job_id[1], exact=True)).to_be_visible()


def test_all_of_it_can_be_reached_by_keys(page: Page, service: str) -> None:
    page.goto(f"{service}/console/")
    page.keyboard.type("gj")
    expect(page.get_by_role("heading", level=1)).to_have_text("Jobs")
    page.keyboard.type("/")
    expect(page.get_by_role("combobox", name="Type")).to_be_focused()
    page.keyboard.type("word-count")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("job_type_name=word-count"))
    page.keyboard.type("jjkx")
    expect(page.locator("tr.at input")).to_be_checked()
    expect(page.get_by_role("button", name="Requeue selected")).to_be_enabled()
    page.keyboard.type("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/jobs/\d+/$"))


def test_a_theme_and_a_view_are_kept(page: Page, service: str) -> None:
    page.goto(f"{service}/console/jobs/?status=FAILED")
    page.get_by_role("button", name="Light or dark").click()
    page.on("dialog", lambda dialog: dialog.accept("my failures"))
    page.get_by_role("button", name="Save view").click()
    page.goto(f"{service}/console/jobs/")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    page.get_by_role("link", name="my failures").click()
    expect(page.get_by_label("FAILED")).to_be_checked()


@pytest.mark.parametrize("width", [400, 1000, 3840])
def test_nothing_is_wider_than_the_window(browser: Browser, service: str, width: int, tmp_path: Path) -> None:
    with new_context(browser, viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        for path in (
            "",
            "jobs/",
            "jobs/2/",
            "job-types/",
            "job-types/word-count/1.0.0/",
            "nodes/",
            "files/",
            "executions/1/log/",
        ):
            page.goto(f"{service}/console/{path}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (
                path,
                page.screenshot(path=tmp_path / "wide.png"),
            )


def test_jobs_are_grouped_by_type_then_status_then_error(page: Page, service: str) -> None:
    page.goto(f"{service}/console/jobs/?started=")
    page.get_by_label("Group by").get_by_role("link", name="type").click()
    groups = page.locator("#groups")
    groups.get_by_role("link", name="word-count").click()
    groups.get_by_role("link", name="FAILED").click()
    groups.get_by_role("link", name="bad-number").click()
    expect(groups).to_have_count(0)
    expect(page.locator("tr[data-href]")).to_have_count(1)
    expect(page.locator("tr[data-href]")).to_contain_text("Number out of range")


def test_a_bar_leads_to_its_jobs(page: Page, service: str) -> None:
    page.goto(f"{service}/console/")
    href = page.locator("svg a:has(rect.f-failed)").first.get_attribute("href")
    page.goto(f"{service}{href}")
    expect(page.locator("tr[data-href]").first).to_be_visible()
    expect(page.get_by_label("Changed until")).not_to_have_value("")


def test_events_tell_what_happened_to_a_job(page: Page, service: str) -> None:
    page.goto(f"{service}/console/jobs/2/")
    expect(page.locator(".timeline li")).to_contain_text(
        ["Submitted", "Queued, by Anonymous", "Try 1 started on ", "Try 1 failed: bad-number", "Failed: bad-number"]
    )


def test_a_page_follows_the_events(page: Page, service: str) -> None:
    with page.expect_request(lambda request: "/console/api/v6/events/stream/" in request.url):
        page.goto(f"{service}/console/jobs/?started=&job_type_name=countdown")
    expect(page.locator("#touch")).to_have_text("live")
    # With nothing but asking again the page would be five seconds late.
    page.evaluate("document.querySelector('main').dataset.live = '3600'")
    before = page.locator("tr[data-href]").count()
    with Client(service) as client:
        countdown = client.job_types.get("countdown")["id"]
        client.jobs.submit(countdown, {"files": {}, "json": {"SECONDS": 0}})
    expect(page.locator("tr[data-href]")).to_have_count(before + 1)
    expect(page.locator("tr[data-href]").first).to_contain_text("COMPLETED")


def test_a_token_is_given_out_once_and_taken_back(page: Page, service: str) -> None:
    page.goto(f"{service}/console/")
    page.get_by_role("link", name="Tokens", exact=True).click()
    page.get_by_label("Name").fill("nightly")
    page.get_by_role("button", name="Give out").click()
    token = page.locator("section.why pre").inner_text()
    profile = f"{service}/v6/accounts/profile/"
    headers = {"Authorization": f"Bearer {token}"}
    assert httpx.get(profile, headers=headers).json()["username"] == "nightly"
    page.get_by_role("button", name="Take back the token of nightly").click()
    expect(page.get_by_text("taken back")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text(token)
    page.get_by_role("link", name="Audit", exact=True).click()
    expect(page.get_by_role("row", name=re.compile("create_token"))).to_be_visible()
