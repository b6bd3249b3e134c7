"""Retry policies and labels on pages, with a browser."""

from playwright.sync_api import Browser, Page, expect

from jobsvc.client import Client
from tests.console.conftest import new_context


def test_a_policy_is_made_changed_tried_attached_and_deleted(page: Page, service: str) -> None:
    page.goto(f"{service}/console/")
    page.get_by_role("link", name="Policies", exact=True).click()
    page.get_by_text("New policy").click()
    page.get_by_label("Name").fill("calm")
    page.get_by_label("Rules, as JSON").fill('[{"errors": ["timeout"]}]')
    page.get_by_role("button", name="Make").click()
    page.get_by_text("Add a rule").click()
    page.get_by_label("Exit codes").fill("1-255")
    page.get_by_label("Tries at most").fill("2")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("button", name="Rule 2 earlier").click()
    page.get_by_role("button", name="Remove rule 2").click()
    expect(page.locator("main tbody").first).to_contain_text("exit code ranges 1-255")
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("#simulation")).to_contain_text("would have gone otherwise")
    page.get_by_label("Job type", exact=True).select_option("countdown 1.0.0")
    page.get_by_role("button", name="Attach").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("alert")).to_contain_text("is attached to countdown 1.0.0")
    page.get_by_role("button", name="Take it from countdown 1.0.0").click()
    with Client(service) as client:
        assert client.retry_policies.get("calm")["rules"][0]["exit_code_ranges"] == [{"first": 1, "last": 255}]
        assert client.job_types.get("countdown", "1.0.0")["configuration"].get("retries") is None
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("main")).not_to_contain_text("calm")


def test_what_is_wrong_is_said_at_its_field(page: Page, service: str) -> None:
    page.goto(f"{service}/console/policies/patient/")
    page.get_by_text("Add a rule").click()
    page.get_by_label("Tries at most").fill("many")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_label("Tries at most")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Tries at most")).to_have_value("many")
    page.goto(f"{service}/console/policies/patient/")
    page.get_by_text("All rules as JSON").click()
    page.get_by_label("Rules", exact=True).fill("[")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.locator("#rules-problem")).to_contain_text("is not JSON")
    page.get_by_label("Rules", exact=True).fill('[{"errors": ["no-such-error"]}]')
    page.get_by_role("button", name="Try these").click()
    expect(page.locator("#rules-problem")).to_contain_text("there is no error 'no-such-error'")
    page.goto(f"{service}/console/policies/")
    page.get_by_text("New policy").click()
    page.get_by_label("Name").fill("patient")
    page.get_by_role("button", name="Make").click()
    expect(page.locator("#name-problem")).to_contain_text("there is a policy patient")


def test_the_pages_fit_on_a_telephone(browser: Browser, service: str) -> None:
    with new_context(browser, viewport={"width": 400, "height": 800}) as context:
        page = context.new_page()
        for path in ("policies/", "policies/patient/"):
            page.goto(f"{service}/console/{path}")
            for summary in page.locator("main summary").all():
                summary.click()
            assert page.evaluate("document.documentElement.scrollWidth") <= 400, path


def test_a_label_leads_to_its_jobs(page: Page, service: str) -> None:
    with Client(service) as client:
        client.jobs.change(1, labels={"project": "survey"})
    page.goto(f"{service}/console/jobs/1/")
    page.get_by_role("link", name="project: survey").click()
    expect(page.get_by_label("Label (key:value)")).to_have_value("project:survey")
    expect(page.locator("table.rows tbody tr")).to_have_count(1)
