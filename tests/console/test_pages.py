"""What the pages are made of, as any HTTP client sees it."""

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib import resources
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from jobsvc.client import Client
from jobsvc.console.rendering import static_address
from jobsvc.console.routes import PAGES, STATIC
from tests.cli.support import environment, running_service
from tests.console.variety import HOSTILE

MOST_SCRIPT = 60_000
"""Bytes of all scripts together."""
OF_A_KIND = 2
"""Addresses that differ in numbers and queries alone: so many are looked at."""


class Links(HTMLParser):
    """Where a page leads, and what it loads."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "script" and "src" not in named:
            self.inline.append("a script without src")
        self.inline += [f"{tag} {name}" for name in named if name == "style" or name.startswith("on")]
        self.links += [value for name in ("href", "src") if (value := named.get(name))]


def links_of(text: str) -> Links:
    parser = Links()
    parser.feed(text)
    return parser


@pytest.fixture(scope="module")
def console(service: str) -> Iterator[httpx.Client]:
    """A client of the pages."""
    with httpx.Client(base_url=f"{service}/console/", timeout=60) as client:
        yield client


def test_every_link_of_every_page_leads_somewhere(console: httpx.Client) -> None:
    home = str(console.base_url)
    waiting, looked_at = [home], Counter[str]()
    while waiting:
        address = waiting.pop()
        kind = re.sub(r"\d+", "N", urlsplit(address).path)
        if looked_at[kind] == OF_A_KIND:
            continue
        looked_at[kind] += 1
        answer = console.get(address, follow_redirects=True)
        assert answer.status_code == httpx.codes.OK, address
        if answer.headers["content-type"].startswith("text/html") and address.startswith(home):
            links = links_of(answer.text)
            assert links.inline == [], address
            waiting += [link for link in (urljoin(address, link) for link in links.links) if link.startswith(home)]
    # A provider of identities is not part of this service.
    pages = [path for method, path, _ in PAGES if method == "GET" and "{name" not in path and "oidc" not in path]
    gets = {re.sub(r"\{[a-z_]+:int\}", "N", path) for path in pages}
    assert {f"/console{path}" for path in gets} - looked_at.keys() == {
        "/console/sign-in/",
        "/console/bulk/N/",
        "/console/webhooks/N/",
    }


@pytest.mark.parametrize("path", ["", "jobs/", "jobs/1/", "job-types/word-count/1.0.0/submit/", "sign-in/", "jobs/999/"])
def test_a_page_runs_no_scripts_but_its_own(console: httpx.Client, path: str) -> None:
    headers = console.get(path).headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_scripts_are_small_and_kept_by_browsers(console: httpx.Client) -> None:
    scripts = [name for name in STATIC if name.endswith(".js")]
    assert sum(len((resources.files("jobsvc.console") / "static" / name).read_bytes()) for name in scripts) < MOST_SCRIPT
    for name in STATIC:
        answer = console.get(static_address(name))
        assert answer.headers["cache-control"].endswith("immutable")
        # Of another version, while versions are replaced: it must not stay by this name.
        assert console.get(f"static/{name}?{'0' * 12}").headers["cache-control"] == "no-store"
        assert answer.headers["content-type"].startswith(STATIC[name])
    assert console.get("static/routes.py").status_code == httpx.codes.NOT_FOUND


@pytest.mark.parametrize("accept", ["text/html,application/xhtml+xml,*/*;q=0.8", "*/*", "application/json"])
def test_browsers_are_led_to_the_console(service: str, accept: str) -> None:
    answer = httpx.get(service, headers={"Accept": accept})
    assert answer.headers["location"] == service + ("/console/" if "html" in accept else "/docs")


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("jobs/999999/", 404, "999999"),
        ("jobs/?page=0", 404, "page"),
        ("jobs/?started=yesterday", 400, "started"),
        ("jobs/?order=nonsense", 400, "order"),
        ("job-types/nothing/1/", 404, "nothing"),
        ("executions/999999/log/", 404, ""),
        ("bulk/999999/", 404, ""),
        ("bulk/preview/?kind=explode", 400, "kind"),
        ("bulk/preview/?kind=cancel&source_sensor=x", 400, "source_sensor"),
        ("files/999999/", 404, ""),
        ("search/?q=x&started=P99D", 400, "started"),
    ],
)
def test_a_problem_is_a_page_with_the_words_of_the_api(console: httpx.Client, path: str, status: int, words: str) -> None:
    answer = console.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert 'role="alert"' in answer.text
    assert words in answer.text


def test_what_others_have_written_is_text(console: httpx.Client, service: str) -> None:
    manifest = {
        "seedVersion": "1.0.0",
        "job": {
            "name": "hostile",
            "jobVersion": "1.0.0",
            "packageVersion": "1.0.0",
            "title": HOSTILE,
            "description": HOSTILE,
            "maintainer": {"name": HOSTILE, "email": "a@example.com"},
            "timeout": 5,
            "interface": {
                "command": "sh -c 'echo \"<b>bold</b>\"; exit 3'",
                "inputs": {"json": [{"name": "A", "type": "string"}]},
            },
            "errors": [{"code": 3, "name": "three", "title": HOSTILE, "description": HOSTILE, "category": "data"}],
        },
    }
    with Client(service) as client:
        type_id = client.job_types.create(manifest)["id"]
        job = client.jobs.submit(type_id, {"files": {}, "json": {"A": HOSTILE}})
        client.jobs.wait(job["id"], max_wait=60)
    of_type = "job-types/hostile/1.0.0/"
    for path in ("", "jobs/", f"jobs/{job['id']}/", of_type, f"{of_type}submit/?from={job['id']}", "errors/", "job-types/"):
        text = console.get(path, params=None if "?" in path else {}).text
        assert "<script>alert" not in text, path
        assert "<b>bold" not in text, path


def test_the_page_of_a_list_names_the_same_jobs_as_the_api(console: httpx.Client, service: str) -> None:
    query = "status=FAILED&status=COMPLETED&order=-id&page_size=1&started="
    shown = re.findall(r'data-href="[^"]*/jobs/(\d+)/"', console.get(f"jobs/?{query}").text)
    listed = httpx.get(f"{service}/v6/jobs/?{query.removesuffix('&started=')}").json()
    assert shown == [str(job["id"]) for job in listed["results"]]
    following = re.search(r'rel="next" href="([^"]+)"', console.get(f"jobs/?{query}").text)
    assert following
    assert "page=2" in following[1]


def test_a_page_behind_a_gateway_stays_below_its_prefix(tmp_path_factory: pytest.TempPathFactory) -> None:
    variables = environment(tmp_path_factory.mktemp("prefix")) | {"JOBSVC_ROOT_PATH": "/batch/api"}
    with running_service(variables) as url:
        kept = httpx.get(f"{url}/batch/api/console/jobs/").text
        stripped = httpx.get(f"{url}/console/jobs/").text
        for text in (kept, stripped):
            own = [link for link in links_of(text).links if link.startswith("/")]
            assert own
            assert all(link.startswith("/batch/api/") for link in own)
        assert httpx.get(url, headers={"Accept": "text/html"}).headers["location"] == f"{url}/batch/api/console/"
