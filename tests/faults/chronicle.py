"""What the events of a service, and its webhooks, have to tell whatever was killed meanwhile."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from tests.faults.service import PAUSE, Service
from tests.waiting import until
from tests.webhooks.receiver import Receiver

Event = dict[str, Any]
STATUS_EVENTS = {
    "job.pending",
    "job.blocked",
    "job.queued",
    "job.requeued",
    "job.started",
    "job.completed",
    "job.failed",
    "job.canceled",
}
BREAKER = {"breaker.closed": {"breaker.opened"}, "breaker.opened": {"breaker.half_opened"}}
"""What follows what; after half-open the others."""
DELIVERY_LIMIT = 90.0  # seconds, for a delivery that was in the hands of a process that was killed


class Chronicle:
    """All events of a service from its beginning."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def check(self, purged: Iterable[int] = ()) -> None:
        """Hold every job's events to its history: each change of status once, in sequence, up to what it is now.

        Of jobs that were purged nothing is left but that they were, once.
        """
        events = list(self._events())
        assert all(int(before["id"]) < int(after["id"]) for before, after in pairwise(events))
        gone = [job_id for event in events if event["type"] == "job.purged" for job_id in event["data"]["job_ids"]]
        assert sorted(gone) == sorted(purged), "each job that was purged is named once"
        _check_breaker([event["type"] for event in events if event["type"].startswith("breaker.")])
        stories = defaultdict(list)
        for event in events:
            stories[event["job_id"]].append(event)
        for job in self._service.jobs():
            self._check_job(job, stories[job["id"]])

    def _check_job(self, job: dict[str, Any], story: list[Event]) -> None:
        changes = [event["data"] for event in story if event["type"] in STATUS_EVENTS and "status" in event["data"]]
        statuses = [None, *(data["status"] for data in changes)]
        assert [data.get("status_before") for data in changes] == statuses[:-1], story
        assert statuses[-1] == job["status"], story
        for execution in self._service.ask("GET", f"/v6/jobs/{job['id']}/executions/")["results"]:
            types = [event["type"] for event in story if event.get("exe_num") == execution["exe_num"]]
            began = ["execution.started"] if execution["started"] else []
            ended = [f"execution.{execution['status'].lower()}"]
            assert [name for name in types if name.startswith("execution.")] == began + ended, story

    def _events(self) -> Iterator[Event]:
        after = 0
        while page := self._service.ask("GET", "/v6/events/", params={"after": after, "page_size": 1000}):
            yield from page["results"]
            if page["next"] == page["last"]:
                return
            after = page["next"]

    def check_received(self, receiver: Receiver) -> None:
        """Wait until every event of a job has arrived, and hold those of one job to their sequence."""
        expected = {event["id"] for event in self._events() if event["job_id"]}
        until(lambda: expected <= {message.event["id"] for message in list(receiver.messages)}, DELIVERY_LIMIT, PAUSE)
        first: dict[int, list[int]] = defaultdict(list)
        for event in (message.event for message in receiver.messages):
            if int(event["id"]) not in first[event["job_id"]]:
                first[event["job_id"]].append(int(event["id"]))
        assert all(numbers == sorted(numbers) for numbers in first.values())


def _check_breaker(types: list[str]) -> None:
    """Hold the changes of a breaker to its states: of a process that was killed none is left out or told twice."""
    for before, after in pairwise(["breaker.closed", *types]):
        assert after in BREAKER.get(before, {"breaker.closed", "breaker.opened"}), types
