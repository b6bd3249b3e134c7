"""What the service counts about itself, for Prometheus. The page docs/metrics.md is made of this module.

Everybody may count; who is scraped shows (`text_of`). Processes of one API count into files of a common directory, which
`PROMETHEUS_MULTIPROC_DIR` names before this module is imported, so that whichever is asked shows all of them.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names where several processes of one service count together."""
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
REGISTRY = CollectorRegistry()
SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OF_PROCESS = re.compile(r"gauge_live\w*_(\d+)\.db")
OTHER = "other"
"""In place of what is not one of few."""

REQUESTS = Counter(
    "jobsvc_http_requests",
    "Requests that the API has answered, by the template of their path (empty: there is none), method and status.",
    ("method", "route", "status"),
    registry=REGISTRY,
)
REQUEST_SECONDS = Histogram(
    "jobsvc_http_request_seconds",
    "Seconds from a request's headers to those of its answer, by the template of its path and method.",
    ("method", "route"),
    buckets=SECONDS,
    registry=REGISTRY,
)
REFUSED = Counter(
    "jobsvc_http_refused", "What was sent to the API that is no request that it takes, by status.", ("status",), registry=REGISTRY
)
LISTS_REFUSED = Counter(
    "jobsvc_lists_refused", "Lists that were refused, for they took longer than JOBSVC_LIST_SECONDS.", registry=REGISTRY
)
CLAIMS = Counter("jobsvc_claims", "Executions that workers have claimed, by engine.", ("engine",), registry=REGISTRY)
TAKE_OVERS = Counter("jobsvc_take_overs", "Runs that went on elsewhere without a worker, and were taken over.", registry=REGISTRY)
EXECUTIONS = Counter(
    "jobsvc_executions", "Executions that workers have ended, by engine and outcome.", ("engine", "outcome"), registry=REGISTRY
)
RESCUED = Counter(
    "jobsvc_executions_rescued",
    "Executions that were closed without their worker, by cause: `lease` (it ran out), `worker` (found dead), `orphan`.",
    ("cause",),
    registry=REGISTRY,
)
for _cause in ("lease", "worker", "orphan"):
    # From the beginning: what first appears with a value has no increase.
    RESCUED.labels(_cause)
WEBHOOK_DELIVERIES = Counter(
    "jobsvc_webhook_deliveries",
    "Attempts to deliver an event to a webhook, by outcome: `delivered`, `failed`.",
    ("outcome",),
    registry=REGISTRY,
)
for _outcome in ("delivered", "failed"):
    WEBHOOK_DELIVERIES.labels(_outcome)
SPANS = Counter(
    "jobsvc_trace_spans",
    "Spans for the collector of traces, by outcome: `sent`, `failed` (it did not take them), `dropped` (too many waited for it).",
    ("outcome",),
    registry=REGISTRY,
)
for _outcome in ("sent", "failed", "dropped"):
    SPANS.labels(_outcome)
RUNNING = Gauge("jobsvc_worker_executions", "Executions that this worker runs.", multiprocess_mode="livesum", registry=REGISTRY)
SLOTS = Gauge("jobsvc_worker_slots", "Executions that this worker can run.", multiprocess_mode="livesum", registry=REGISTRY)
LOG_LAG = Gauge(
    "jobsvc_log_lag_seconds",
    "Seconds for which the log store has taken none of the lines that this worker has for it.",
    multiprocess_mode="livemax",
    registry=REGISTRY,
)
SPOOL = Gauge(
    "jobsvc_log_spool_bytes",
    "Bytes of lines on this worker's disk that the log store has not got.",
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
CONNECTIONS = Gauge(
    "jobsvc_database_connections",
    "Connections to PostgreSQL, by state: `used`, `idle`, `waiting` (those who wait for one), `most` (that may be open).",
    ("state",),
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
LOOP_LAG = Gauge(
    "jobsvc_event_loop_lag_seconds",
    "By how much the process was late in the last second: the longest time in which it could do nothing else.",
    multiprocess_mode="livemax",
    registry=REGISTRY,
)

OF_DATABASE = {
    "jobsvc_jobs": ("Jobs by status.", ("status",)),
    "jobsvc_queue_jobs": ("Jobs that wait for a worker, by the name of their type.", ("job_type",)),
    "jobsvc_queue_oldest_seconds": (
        "Seconds since the oldest waiting job was queued, by the name of its type.",
        ("job_type",),
    ),
    "jobsvc_workers": ("Workers that are heard of.", ()),
    "jobsvc_bulk_operations_open": ("Cancel and requeue requests that are not finished.", ()),
    "jobsvc_bulk_jobs_remaining": ("Jobs that those have still to look at.", ()),
    "jobsvc_counts_unfolded": ("Changes that are not added to the kept numbers of jobs yet, up to 100000.", ()),
    "jobsvc_webhooks": (
        "Webhooks by state: `on`, `off` (by request), `disabled` (by the service: nothing came through, or it got 410).",
        ("state",),
    ),
    "jobsvc_webhook_oldest_seconds": (
        "Seconds since the oldest event, or test, that has not arrived at a webhook which is on; 0: all have.",
        (),
    ),
    "jobsvc_retries_held": (
        "Retries that wait for the budget or breaker of their type, or for their time before, up to 100000.",
        (),
    ),
    "jobsvc_retries_held_oldest_seconds": (
        "Seconds since the oldest of those might have begun, if nothing held it; 0: none is held beyond its time.",
        (),
    ),
    "jobsvc_retry_breakers_open": ("Job types whose breaker holds all retries.", ()),
    "jobsvc_database_up": ("1 when the database has answered, 0 when not: then the others of it are missing.", ()),
}
"""What is read from the database, a few seconds old at most, and the same whoever of an installation is asked."""

Samples = Iterable[tuple[str, tuple[str, ...], float]]
"""Name, values of the labels, value."""
_children: dict[tuple[str, str, int], tuple[Any, Any]] = {}


def count_request(method: str, route: str | None, status: int, seconds: float) -> None:
    """Count an answered request; `seconds`: until its answer began."""
    key = (method, route or "", status)
    children = _children.get(key)
    if children is None:
        shown = method if method in METHODS else OTHER
        children = REQUESTS.labels(shown, key[1], str(status)), REQUEST_SECONDS.labels(shown, key[1])
        if method in METHODS:
            _children[key] = children
    children[0].inc()
    children[1].observe(seconds)


def text_of(samples: Samples) -> bytes:
    """All metrics in the text format, with what was read from the database."""
    registry = REGISTRY
    if directory := os.environ.get(DIRECTORY):
        drop_ended(Path(directory))
        registry = CollectorRegistry()
        _Described(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry) + generate_latest(_Once(_families(samples)))


def drop_ended(directory: Path) -> None:
    """Remove what processes show of themselves that have ended; what they have counted stays."""
    for file in directory.glob("gauge_live*.db"):
        match = OF_PROCESS.fullmatch(file.name)
        if match and not Path(f"/proc/{match[1]}").exists():
            with suppress(FileNotFoundError):
                file.unlink()


def described() -> Iterator[tuple[str, str, tuple[str, ...], str]]:
    """Name, kind, labels and text of every metric."""
    for metric in REGISTRY.collect():
        collector: Any = REGISTRY._names_to_collectors[metric.name]  # noqa: SLF001 - no other way to the labels
        suffix = "_total" if metric.type == "counter" else ""
        yield metric.name + suffix, metric.type, tuple(collector._labelnames), metric.documentation  # noqa: SLF001
    for name, (text, labels) in OF_DATABASE.items():
        yield name, "gauge", labels, text


class _Described(MultiProcessCollector):
    """Shows what all processes count, with the texts that one process has."""

    def collect(self) -> Iterable[Metric]:
        texts = {metric.name: metric.documentation for metric in REGISTRY.collect()}
        for metric in super().collect():  # type: ignore[no-untyped-call]
            metric.documentation = texts.get(metric.name, metric.documentation)
            yield metric


class _Once:
    def __init__(self, families: Iterable[Metric]) -> None:
        self.collect: Callable[[], Iterable[Metric]] = lambda: families


def _families(samples: Samples) -> Iterator[Metric]:
    families = {name: GaugeMetricFamily(name, text, labels=labels) for name, (text, labels) in OF_DATABASE.items()}
    for name, labels, value in samples:
        families[name].add_metric(labels, value)
    return (family for family in families.values() if family.samples)
