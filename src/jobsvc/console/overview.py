"""What runs, waits and failed, now and over a chosen time."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import ceil
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from jobsvc.console.calling import Api
from jobsvc.console.pages import render

PERIODS = (("PT1H", "hour"), ("PT24H", "24 hours"), ("P7D", "7 days"), ("P30D", "30 days"))
INTERVALS = {"PT1H": "minute", "PT24H": "hour", "P7D": "day", "P30D": "day"}
"""How long the bars of a period's histogram are."""
DEFAULT_PERIOD = "PT24H"
STATUSES = ("COMPLETED", "FAILED", "CANCELED", "RUNNING", "QUEUED", "PENDING", "BLOCKED")
"""From the ground up."""
WAITING = ("QUEUED", "PENDING", "BLOCKED")
MOST_TYPES = 12
MOST_BARS = 100
"""More of them are thinner than can be seen, and cost most of what the page costs."""
FAILURES = 8
FEW_NODES = 8
READY = "READY"


async def overview(request: Request, api: Api) -> Response:
    """The state of the service and its jobs."""
    asked = request.query_params.get("started", DEFAULT_PERIOD)
    started = asked if asked in dict(PERIODS) else DEFAULT_PERIOD
    status = await api.get("/v6/status/")
    types = await api.get("/v6/job-types/status/", [("started", started), ("is_active", "true"), ("page_size", "1000")])
    queue = await api.get("/v6/queue/status/", [("page_size", "1000")])
    running = await api.get("/v6/job-types/running/", [("page_size", str(MOST_TYPES))])
    failed = [("status", "FAILED"), ("order", "-last_modified"), ("started", started), ("page_size", str(FAILURES))]
    failures = await api.get("/v6/jobs/", failed)
    load = await api.get("/v6/load/", [("started", started), ("page_size", "1000")])
    over_time = [("interval", INTERVALS[started]), ("split", "status"), ("started", started)]
    histogram = await api.get("/v6/jobs/histogram/", over_time)
    rows = sorted((_row(item) for item in types["results"]), key=lambda row: (-row["total"], row["name"]))
    return await render(
        request,
        api,
        "overview.html",
        status=status,
        periods=PERIODS,
        started=started,
        totals=_totals(rows),
        rows=[row for row in rows if row["total"]][:MOST_TYPES],
        oldest=min((item["longest_queued"] for item in queue["results"]), default=None),
        running=running["results"],
        more_running=running["count"] - len(running["results"]),
        nodes=nodes_of(status["nodes"]),
        failures=failures["results"],
        failed_count=failures["count"],
        load=bars(load["results"]),
        histogram=stacked(histogram["results"], STATUSES),
        statuses=STATUSES,
    )


def nodes_of(nodes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Nodes in one line, and by name those that have something to say: all where they are few, else those that take no jobs."""
    ready = [node for node in nodes if node["state"]["name"] == READY]
    shown = nodes if len(nodes) <= FEW_NODES else [node for node in nodes if node["state"]["name"] != READY]
    return {
        "count": len(nodes),
        "ready": len(ready),
        "slots": sum(node["num_slots"] for node in ready),
        "busy": sum(node["job_executions"]["running"]["total"] for node in nodes),
        "shown": shown[:FEW_NODES],
        "more": len(shown[FEW_NODES:]),
    }


def bars(hours: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The load of hours as rectangles in a field of 1000 by 100; of a long time the busiest hour of several."""
    names = ("running", "queued", "pending")
    counted = [hour | {"counts": {name: hour[f"{name}_count"] for name in names}} for hour in hours]
    together = ceil(len(counted) / MOST_BARS) or 1
    parts = (counted[place : place + together] for place in range(0, len(counted), together))
    return stacked([max(part, key=lambda hour: sum(hour["counts"].values())) for part in parts], names)


def stacked(items: list[dict[str, Any]], names: Sequence[str]) -> list[dict[str, Any]]:
    """The `counts` of items as rectangles upon each other, side by side in a field of 1000 by 100."""
    top = max((sum(item["counts"].values()) for item in items), default=0)
    width = 1000 / max(len(items), 1)
    return [
        item | {"x": round(place * width, 2), "width": round(width * 0.86, 2), "parts": list(_parts(item["counts"], names, top))}
        for place, item in enumerate(items)
    ]


def _parts(counts: Mapping[str, int], names: Sequence[str], top: int) -> Iterable[tuple[str, float, float]]:
    """Name, upper edge and height of the parts of a bar, from the ground up."""
    edges = [0.0]
    for name in names:
        edges.append(edges[-1] + (100 * counts.get(name, 0) / top if top else 0))
    for name, (low, high) in zip(names, pairwise(edges), strict=True):
        if high > low:
            yield name, round(100 - high, 2), round(high - low, 2)


def _row(item: dict[str, Any]) -> dict[str, Any]:
    """A job type with its jobs by status, failures by category."""
    counts: Counter[str] = Counter()
    categories: Counter[str] = Counter()
    for count in item["job_counts"]:
        counts[count["status"]] += count["count"]
        if count["category"]:
            categories[count["category"]] += count["count"]
    job_type = item["job_type"]
    total = sum(counts.values())
    return {"type": job_type, "name": job_type["name"], "counts": counts, "categories": categories, "total": total}


def _totals(rows: list[dict[str, Any]]) -> Counter[str]:
    totals: Counter[str] = Counter()
    for row in rows:
        totals += row["counts"]
    return totals
