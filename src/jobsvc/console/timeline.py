"""What happened to a job: its events as far as they are kept, and before that what its times and tries tell."""

from datetime import timedelta
from typing import Any

from jobsvc.domain.iso8601 import read_timestamp

Moment = tuple[str, str]
"""A time of the API, and what happened then."""
TOGETHER = timedelta(seconds=5)
"""An event is written a moment after the time that the change has."""
NAMES = {
    "job.pending": "Waits for its input",
    "job.blocked": "Blocked",
    "job.queued": "Queued",
    "job.completed": "Completed",
    "job.failed": "Failed",
    "job.canceled": "Canceled",
    "job.requeued": "Sent back to the queue",
    "job.superseded": "Superseded by a newer job",
    "job.changed": "Changed",
    "execution.started": "Try {exe_num} started",
    "execution.completed": "Try {exe_num} completed",
    "execution.failed": "Try {exe_num} failed",
    "execution.canceled": "Try {exe_num} canceled",
}
"""Types of events that are told of; that a job started, its try says."""


def timeline(job: dict[str, Any], executions: list[dict[str, Any]], events: list[dict[str, Any]]) -> list[Moment]:
    """What happened when, the first first."""
    moments = _moments(job, executions)
    if events:
        first = read_timestamp(events[0]["time"]) - TOGETHER
        # Of the submission no event tells.
        kept = [moment for moment in moments if moment[1] == SUBMITTED or read_timestamp(moment[0]) < first]
        nodes = {item["exe_num"]: item["node"]["hostname"] for item in executions if item["node"]}
        moments = kept + [(event["time"], _text_of(event, nodes)) for event in events if event["type"] in NAMES]
    # Events come in their sequence, whatever a clock said.
    return moments if events else sorted(moments, key=lambda moment: read_timestamp(moment[0]))


SUBMITTED = "Submitted"


def _text_of(event: dict[str, Any], nodes: dict[int, str]) -> str:
    data, kind = event["data"], event["type"]
    text = NAMES[kind].format(exe_num=event["exe_num"])
    if kind == "job.queued" and data.get("status_before") == "RUNNING":
        text += " to be tried again"
    if kind == "execution.started" and event["exe_num"] in nodes:
        text += f" on {nodes[event['exe_num']]}"
    if kind == "job.changed" and isinstance(data.get("changed"), list | dict):
        text += f": {', '.join(data['changed'])}"
    if data.get("error"):
        text += f": {data['error']}"
    return f"{text}, by {event['actor']}" if event["actor"] else text


def _moments(job: dict[str, Any], executions: list[dict[str, Any]]) -> list[Moment]:
    """The same by the times of a job and its tries."""
    moments = [(job["created"], SUBMITTED)]
    for execution in executions:
        name = f"Try {execution['exe_num']}"
        node = f" on {execution['node']['hostname']}" if execution["node"] else ""
        error = f": {execution['error']['title']}" if execution["error"] else ""
        moments += [
            (execution["queued"], f"{name} queued"),
            (execution["started"], f"{name} started{node}"),
            (execution["ended"], f"{name} {execution['status'].lower()}{error}"),
        ]
    if not executions or executions[0]["queued"] != job["queued"]:
        moments.append((job["queued"], "Queued"))
    if job["status"] == "CANCELED":
        moments.append((job["last_status_change"], "Canceled"))
    if job["superseded"]:
        moments.append((job["superseded"], "Superseded by a newer job"))
    return sorted((moment for moment in moments if moment[0]), key=lambda moment: moment[0])
