"""What schemathesis did, read from its report of events."""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def succeeded(report: Path) -> set[str]:
    """The operations that were answered with success: `GET /v6/jobs/`."""
    return {f"{case['value']['method']} {case['value']['path']}" for case, status in _answers(report) if status < 400}


def followed(report: Path) -> set[str]:
    """The links that led to success: `details`."""
    links = defaultdict(set)
    for case, status in _answers(report):
        if case.get("transition"):
            links[case["transition"]["id"].split(" -> ")[1].rpartition(" ")[2]].add(status)
    return {name for name, statuses in links.items() if min(statuses) < 400}


def _answers(report: Path) -> Iterator[tuple[Json, int]]:
    """Each request with the status of its answer."""
    for line in report.read_text().splitlines():
        recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder") or {}
        for name, interaction in recorder.get("interactions", {}).items():
            if interaction["response"] is not None:
                yield recorder["cases"][name], interaction["response"]["status_code"]
