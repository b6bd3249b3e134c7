"""The alert rules, as Prometheus itself reads and evaluates them (`promtool`)."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

ALERTS = Path(__file__).parents[2] / "deploy" / "prometheus" / "alerts.yml"
STANDING = "{}x60"
"""A value, once a minute, that does not change."""
GROWING = "0+{}x60"
"""A counter that grows by this much every minute."""

pytestmark = pytest.mark.skipif(
    shutil.which("promtool") is None and "JOBSVC_REQUIRE_PROMTOOL" not in os.environ,
    reason="promtool evaluates the rules, and is not installed (Debian: prometheus)",
)


class Case(NamedTuple):
    """Samples of an hour, when an alert has gone off by them, and what it then says."""

    alert: str
    series: Mapping[str, str]
    minutes: int
    severity: str
    summary: str
    labels: Mapping[str, str] = {}


API = {"instance": "api-1:8000"}
WORKER = {"instance": "worker-1:8001"}
CASES = (
    Case(
        "JobsvcDown",
        {'up{job="jobsvc-api",instance="api-1:8000"}': STANDING.format(0), 'up{job="other",instance="a"}': STANDING.format(0)},
        3,
        "critical",
        "api-1:8000 does not answer scrapes.",
        {**API, "job": "jobsvc-api"},
    ),
    Case(
        "JobsvcDatabaseDown",
        {'jobsvc_database_up{instance="api-1:8000"}': STANDING.format(0)},
        2,
        "critical",
        "api-1:8000 does not reach its database.",
        API,
    ),
    Case(
        "JobsvcRequestsFail",
        {
            'jobsvc_http_requests_total{status="500"}': GROWING.format(6),
            'jobsvc_http_requests_total{status="200"}': GROWING.format(54),
        },
        15,
        "critical",
        "10% of all requests are answered with a fault of the service.",
    ),
    Case(
        "JobsvcRequestsSlow",
        {
            'jobsvc_http_request_seconds_bucket{method="GET",route="/v6/jobs/",le="1"}': STANDING.format(0),
            'jobsvc_http_request_seconds_bucket{method="GET",route="/v6/jobs/",le="3"}': GROWING.format(60),
            'jobsvc_http_request_seconds_bucket{method="GET",route="/v6/jobs/",le="+Inf"}': GROWING.format(60),
        },
        30,
        "warning",
        "One in twenty answers of /v6/jobs/ begins after 2.9s only.",
        {"route": "/v6/jobs/"},
    ),
    Case(
        "JobsvcNoWorkers",
        {"jobsvc_workers": STANDING.format(0), 'jobsvc_jobs{status="QUEUED"}': STANDING.format(3)},
        3,
        "critical",
        "Jobs wait, and there is no worker.",
    ),
    Case(
        "JobsvcQueueStands",
        {"jobsvc_claims_total": STANDING.format(5), 'jobsvc_jobs{status="QUEUED"}': STANDING.format(3)},
        25,
        "critical",
        "Jobs wait, and no worker has claimed one for ten minutes.",
    ),
    Case(
        "JobsvcQueueOld",
        {'jobsvc_queue_oldest_seconds{job_type="word-count"}': STANDING.format(7200)},
        11,
        "warning",
        "A job of word-count has waited for 2h 0m 0s.",
        {"job_type": "word-count"},
    ),
    Case(
        "JobsvcExecutionsFail",
        {
            'jobsvc_executions_total{outcome="failed"}': GROWING.format(6),
            'jobsvc_executions_total{outcome="completed"}': GROWING.format(2),
        },
        40,
        "warning",
        "75% of all executions fail.",
    ),
    Case(
        "JobsvcWorkersLost",
        {'jobsvc_executions_rescued_total{cause="lease"}': GROWING.format(1)},
        30,
        "warning",
        "15 executions had to be closed, for their worker was not heard of.",
    ),
    Case(
        "JobsvcLogsDelayed",
        {'jobsvc_log_lag_seconds{instance="worker-1:8001"}': STANDING.format(180)},
        2,
        "warning",
        "The log store has taken no lines of worker-1:8001 for 3m 0s.",
        WORKER,
    ),
    Case(
        "JobsvcSpoolLarge",
        {'jobsvc_log_spool_bytes{instance="worker-1:8001"}': STANDING.format(2**31)},
        6,
        "warning",
        "2GiB of lines wait on the disk of worker-1:8001.",
        WORKER,
    ),
    Case(
        "JobsvcConnectionsBusy",
        {'jobsvc_database_connections{instance="api-1:8000",state="waiting"}': STANDING.format(4)},
        6,
        "warning",
        "Requests of api-1:8000 wait for connections to the database.",
        API,
    ),
    Case(
        "JobsvcProcessBusy",
        {'jobsvc_event_loop_lag_seconds{instance="api-1:8000"}': STANDING.format(2)},
        6,
        "warning",
        "api-1:8000 cannot keep up with what it is asked.",
        API,
    ),
    Case(
        "JobsvcListsRefused",
        {"jobsvc_lists_refused_total": GROWING.format(2)},
        30,
        "info",
        "30 lists were refused, for they took too long.",
    ),
    Case(
        "JobsvcCountsUnfolded",
        {"jobsvc_counts_unfolded": STANDING.format(50000)},
        6,
        "warning",
        "Numbers of jobs are not folded: lists become slow.",
    ),
    Case(
        "JobsvcBulkStands",
        {"jobsvc_bulk_jobs_remaining": STANDING.format(9)},
        40,
        "warning",
        "A cancel or requeue request makes no progress.",
    ),
    Case(
        "JobsvcWebhooksLate",
        {"jobsvc_webhook_oldest_seconds": STANDING.format(1800)},
        6,
        "warning",
        "An event has waited for 30m 0s to arrive at its webhook.",
    ),
    Case(
        "JobsvcWebhookDisabled",
        {'jobsvc_webhooks{state="disabled"}': STANDING.format(1)},
        1,
        "warning",
        "1 webhooks were switched off by the service.",
    ),
    Case(
        "JobsvcBreakerOpen",
        {"jobsvc_retry_breakers_open": STANDING.format(2)},
        16,
        "warning",
        "Most executions of 2 job types end with one error: none is tried again.",
    ),
    Case(
        "JobsvcRetriesHeld",
        {"jobsvc_retries_held_oldest_seconds": STANDING.format(7200)},
        6,
        "warning",
        "A retry has been held for 2h 0m 0s beyond its time.",
    ),
)
QUIET = {
    'up{job="jobsvc-api",instance="api-1:8000"}': STANDING.format(1),
    'jobsvc_database_up{instance="api-1:8000"}': STANDING.format(1),
    'jobsvc_http_requests_total{status="500"}': GROWING.format(1),
    'jobsvc_http_requests_total{status="200"}': GROWING.format(99),
    "jobsvc_workers": STANDING.format(2),
    'jobsvc_jobs{status="QUEUED"}': STANDING.format(3),
    "jobsvc_claims_total": GROWING.format(5),
    'jobsvc_queue_oldest_seconds{job_type="word-count"}': STANDING.format(60),
    'jobsvc_executions_total{outcome="failed"}': GROWING.format(1),
    'jobsvc_executions_total{outcome="completed"}': GROWING.format(9),
    'jobsvc_executions_rescued_total{cause="lease"}': STANDING.format(3),
    'jobsvc_log_lag_seconds{instance="worker-1:8001"}': STANDING.format(1),
    'jobsvc_log_spool_bytes{instance="worker-1:8001"}': STANDING.format(4096),
    'jobsvc_database_connections{instance="api-1:8000",state="waiting"}': STANDING.format(0),
    'jobsvc_event_loop_lag_seconds{instance="api-1:8000"}': STANDING.format("0.01"),
    "jobsvc_lists_refused_total": STANDING.format(5),
    "jobsvc_counts_unfolded": STANDING.format(10),
    "jobsvc_bulk_jobs_remaining": "9000-100x60",
    "jobsvc_webhook_oldest_seconds": STANDING.format(2),
    'jobsvc_webhooks{state="disabled"}': STANDING.format(0),
    "jobsvc_retry_breakers_open": STANDING.format(0),
    "jobsvc_retries_held_oldest_seconds": STANDING.format(60),
}
"""Of a service that does what it should, with a request that fails now and then."""


def names() -> list[str]:
    """The alerts that there are."""
    return [rule["alert"] for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def trial(series: Mapping[str, str], expected: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """A trial of `promtool test rules`: samples once a minute, and which alerts have gone off when."""
    samples = [{"series": name, "values": values} for name, values in series.items()]
    return {"interval": "1m", "input_series": samples, "alert_rule_test": expected}


def gone_off(case: Case) -> Mapping[str, Any]:
    """That the alert of a case has."""
    alert = {"exp_labels": {**case.labels, "severity": case.severity}, "exp_annotations": {"summary": case.summary}}
    return {"eval_time": f"{case.minutes}m", "alertname": case.alert, "exp_alerts": [alert]}


def promtool(*arguments: str) -> None:
    """Run it; AssertionError with what it says when it fails."""
    ran = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_prometheus_takes_the_rules() -> None:
    promtool("check", "rules", str(ALERTS))


def test_each_alert_goes_off_and_says_what_is_wrong(tmp_path: Path) -> None:
    assert [case.alert for case in CASES] == names()
    evaluate(tmp_path, [trial(case.series, [gone_off(case)]) for case in CASES])


def test_no_alert_goes_off_when_nothing_is_wrong(tmp_path: Path) -> None:
    expected = [{"eval_time": "50m", "alertname": name, "exp_alerts": []} for name in names()]
    evaluate(tmp_path, [trial(QUIET, expected)])


def evaluate(directory: Path, trials: Sequence[Mapping[str, Any]]) -> None:
    """Hold the rules to the trials."""
    file = directory / "trials.json"  # which is YAML, too
    file.write_text(json.dumps({"rule_files": [str(ALERTS)], "evaluation_interval": "1m", "tests": trials}))
    promtool("test", "rules", str(file))
