"""Traces from a request to the process of its job, sent to a collector, or to one that is away."""

import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.collector import Collector, attributes, collecting
from tests.factories import manifest, script
from tests.waiting import until

from .conftest import StartUp
from .up import Up

ID = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "00f067aa0ba902b7"
TRACE = {"traceparent": f"00-{ID}-{CALLER}-01", "tracestate": "shop=1"}
GATEWAY = {"JOBSVC_TRUSTED_PROXIES": "127.0.0.1", "JOBSVC_LOG_FORMAT": "json"}


@pytest.fixture
def collector() -> Iterator[Collector]:
    """One that answers."""
    with collecting() as collector:
        yield collector


def sending(collector: Collector) -> dict[str, str]:
    """The variables of a service that sends spans often."""
    return GATEWAY | {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}


def run_job(up: Up, directory: Path, trace: dict[str, str]) -> tuple[dict[str, Any], str]:
    """A job that notes what it is told of its trace; the job when it has ended, and the note."""
    note = directory / "note"
    command = script(directory, f'echo "$TRACEPARENT $TRACESTATE" >{note}\n')
    document = manifest("traced", interface={"command": command})
    with httpx.Client(base_url=up.url, timeout=30) as client:
        job_type = client.post("/v6/job-types/", json={"manifest": document}).raise_for_status().json()["id"]
        made = client.post("/v6/jobs/", json={"job_type_id": job_type}, headers=trace).raise_for_status().json()

        def ended() -> dict[str, Any] | None:
            job: dict[str, Any] = client.get(f"/v6/jobs/{made['id']}/").json()
            return job if job["status"] in {"COMPLETED", "FAILED"} else None

        return until(ended, pause=0.1), note.read_text()


def test_a_trace_leads_from_the_caller_to_the_process(start_up: StartUp, collector: Collector, tmp_path: Path) -> None:
    up = start_up(variables=sending(collector))
    up.await_answer()
    assert httpx.get(f"{up.url}/readyz").status_code == 200
    job, note = run_job(up, tmp_path, TRACE)
    assert job["status"] == "COMPLETED"
    parts = until(lambda: spans if "worker: execution traced" in (spans := collector.spans(ID)) else None)
    request, execution = parts["api: POST /v6/jobs/"], parts["worker: execution traced"]
    assert (request.parent_span_id.hex(), execution.parent_span_id) == (CALLER, request.span_id)
    assert (attributes(request)["http.route"], attributes(request)["http.response.status_code"]) == ("/v6/jobs/", 201)
    assert (attributes(execution)["jobsvc.job_id"], attributes(execution)["jobsvc.outcome"]) == (job["id"], "completed")
    for name in ("engine", "publish", "finish"):
        assert parts[f"worker: {name}"].parent_span_id == execution.span_id
    assert note.split() == [f"00-{ID}-{execution.span_id.hex()}-01", "shop=1"]
    for event in ("request.answered", "execution.ended"):
        assert until(partial(up.says, f'"event": "{event}"', f'"trace_id": "{ID}"'))
    assert not [name for name in collector.names if "readyz" in name]
    assert up.end(signal.SIGTERM) == 0


def test_a_collector_that_is_away_harms_nothing(start_up: StartUp, collector: Collector, tmp_path: Path) -> None:
    collector.status = 400
    up = start_up(variables=sending(collector))
    up.await_answer()
    job, _ = run_job(up, tmp_path, TRACE)
    assert job["status"] == "COMPLETED"
    until(lambda: up.says("tracing.failed"))
    failed = [line for line in httpx.get(f"{up.url}/metrics").text.splitlines() if line.startswith("jobsvc_trace_spans_total")]
    assert any('outcome="failed"' in line and float(line.split()[-1]) > 0 for line in failed)
    # From here on it takes requests and never answers.
    collector.opened.clear()
    collector.asked.clear()
    assert httpx.get(f"{up.url}/v6/jobs/").status_code == 200
    assert collector.asked.wait(30)
    begun = time.monotonic()
    assert up.end(signal.SIGTERM) == 0
    assert time.monotonic() - begun < 20
    assert "Traceback" not in up.said


def test_without_a_collector_the_trace_of_the_caller_is_passed_on(start_up: StartUp, tmp_path: Path) -> None:
    up = start_up(variables=GATEWAY)
    up.await_answer()
    _, note = run_job(up, tmp_path, TRACE)
    assert note.split() == [TRACE["traceparent"], "shop=1"]
    _, note = run_job(up, tmp_path, {"traceparent": "no trace"})
    assert note.split() == []
    assert not up.says("tracing.")
