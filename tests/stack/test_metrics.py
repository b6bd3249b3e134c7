"""What a service and its worker show of themselves, and what the alerts and the dashboard make of it."""

import json
import re
import signal
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from jobsvc import metrics
from jobsvc.cli.run import run
from tests.cli.support import EXAMPLES, free_port
from tests.waiting import until

from .conftest import StartUp
from .test_processes import TWO, api_pids, serving
from .up import Up

DEPLOY = EXAMPLES.parent / "deploy"
ALERTS = DEPLOY / "prometheus" / "alerts.yml"
DASHBOARD = DEPLOY / "grafana" / "jobsvc.json"
SELECTOR = re.compile(r"\b(jobsvc_\w+)(?:\{([^}]*)\})?")
BY = re.compile(r"\bby \(([^)]*)\)")
OF_PROMETHEUS = {"le", "instance", "job"}
ROUTE = 'jobsvc_http_requests_total{method="GET",route="/v6/version/",status="200"}'

Labels = Mapping[str, set[str]]


def scraped(url: str) -> str:
    """The text of a scrape."""
    answer = httpx.get(f"{url}/metrics", timeout=20)
    assert (answer.status_code, answer.headers["content-type"]) == (200, metrics.CONTENT_TYPE)
    return answer.text


def value(text: str, sample: str) -> float:
    """The value of a sample; 0 when there is none."""
    return next((float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(f"{sample} ")), 0.0)


def labels_of(*texts: str) -> Labels:
    """The names of samples in scrapes, and the labels that they have."""
    families = [family for text in texts for family in text_string_to_metric_families(text)]
    return {sample.name: set(sample.labels) for family in families for sample in family.samples}


def wrong_in(expression: str, shown: Labels) -> list[str]:
    """What an expression asks for that no scrape shows."""
    used = SELECTOR.findall(expression)
    known = OF_PROMETHEUS.union(*(shown.get(name, set()) for name, _ in used))
    matched = [label for _, selector in used for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector)]
    grouped = [label.strip() for group in BY.findall(expression) for label in group.split(",")]
    return [name for name, _ in used if name not in shown] + [label for label in (*matched, *grouped) if label not in known]


def dashboard_expressions() -> list[str]:
    """What the panels ask for, legends as groupings."""
    targets = [target for panel in json.loads(DASHBOARD.read_text())["panels"] for target in panel["targets"]]
    legends = [", ".join(re.findall(r"{{(\w+)}}", target["legendFormat"])) for target in targets]
    return [target["expr"] + (f" by ({legend})" if legend else "") for target, legend in zip(targets, legends, strict=True)]


def alert_rules() -> list[Mapping[str, str]]:
    """The rules of all groups."""
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


@pytest.fixture
def shown(start_up: StartUp) -> Labels:
    """What a service shows that has answered, refused, run a job and has another one in its queue."""
    port = free_port()
    up = start_up(variables={"JOBSVC_HEALTH_PORT": str(port)})
    up.await_answer()
    manifest = EXAMPLES / "countdown" / "manifest.json"
    assert run(["--url", up.url, "types", "add", str(manifest), "--setting", f"EXAMPLES={EXAMPLES}"]) == 0
    assert run(["--url", up.url, "submit", "countdown", "--json", "SECONDS=0", "--wait", "--quiet"]) == 0
    httpx.patch(f"{up.url}/v6/scheduler/", json={"is_paused": True}).raise_for_status()
    assert run(["--url", up.url, "submit", "countdown", "--json", "SECONDS=0", "--quiet"]) == 0
    with socket.create_connection(("127.0.0.1", up.port)) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400")
    texts: list[str] = []

    def is_all_there() -> bool:
        texts[:] = scraped(up.url), scraped(f"http://127.0.0.1:{port}")
        return all("jobsvc_queue_oldest_seconds{" in text and "jobsvc_database_connections{" in text for text in texts)

    until(is_all_there)
    assert value(texts[1], 'jobsvc_executions_total{engine="subprocess",outcome="completed"}') == 1
    assert value(texts[0], 'jobsvc_queue_jobs{job_type="countdown"}') == 1
    assert value(texts[0], 'jobsvc_jobs{status="COMPLETED"}') == 1
    assert value(texts[0], "jobsvc_workers") == 1
    assert "/livez" not in texts[0]
    return labels_of(*texts)


def test_everything_that_is_described_and_asked_for_is_shown(shown: Labels) -> None:
    described = {(name, kind): set(labels) for name, kind, labels, _ in metrics.described()}
    for (name, kind), labels in described.items():
        seen = shown[f"{name}_bucket" if kind == "histogram" else name] - {"le"}
        assert seen == labels, name
    expressions = [*dashboard_expressions(), *(rule["expr"] for rule in alert_rules())]
    assert len(expressions) > 30
    assert {expression: wrong for expression in expressions if (wrong := wrong_in(expression, shown))} == {}


def test_what_is_not_shown_is_found() -> None:
    shown = {"jobsvc_jobs": {"status"}}
    assert wrong_in('max by (status) (jobsvc_jobs{status="QUEUED"})', shown) == []
    assert wrong_in("sum by (other) (jobsvc_jobs)", shown) == ["other"]
    assert wrong_in('jobsvc_jobs{kind!="a"} / jobsvc_none', shown) == ["jobsvc_none", "kind"]


def test_every_alert_says_what_to_do() -> None:
    page = (EXAMPLES.parent / "docs" / "alerts.md").read_text()
    assert [rule["alert"] for rule in alert_rules() if f"| `{rule['alert']}` |" not in page] == []


def requested(up: Up) -> float:
    """How often the version was asked for, as the service says."""
    return value(scraped(up.url), ROUTE)


def ask(up: Up, times: int) -> None:
    """Ask for the version, over a new connection each time."""
    for _ in range(times):
        httpx.get(f"{up.url}/v6/version/").raise_for_status()


def test_one_scrape_shows_all_processes_and_loses_nothing_of_those_that_died(start_up: StartUp) -> None:
    up = serving(start_up)
    before = requested(up)
    ask(up, 40)
    assert {requested(up) for _ in range(10)} == {before + 40}
    processes = api_pids(up)
    up.kill("serve")
    until(lambda: len(api_pids(up) - processes) == 1)
    up.await_answer()
    after = requested(up)
    assert after >= before + 40
    ask(up, 20)
    assert requested(up) == after + 20
    limit = int(TWO["JOBSVC_PROCESSES"]) * 10
    until(lambda: value(scraped(up.url), 'jobsvc_database_connections{state="most"}') == limit)
    directories = [item for pid in api_pids(up) for item in variables(pid) if item.startswith(f"{metrics.DIRECTORY}=")]
    assert up.end(signal.SIGTERM) == 0
    assert not any(Path(item.partition("=")[2]).exists() for item in directories)
    assert len(directories) == 2


def variables(pid: int) -> Iterable[str]:
    """The environment of a process."""
    return Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")


def test_strangers_see_nothing(start_up: StartUp) -> None:
    up = start_up(variables={"JOBSVC_TOKENS": f"alice:{'0' * 64}"})
    up.await_answer()
    assert httpx.get(f"{up.url}/metrics").status_code == 403
