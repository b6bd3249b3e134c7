"""A service that is told to stop under load: what it accepted is there when it comes back, and is done once."""

import signal
import threading
from contextlib import suppress
from typing import Any

import httpx
import pytest

from jobsvc.client.events import EventReader, LogEvent
from tests.faults.conftest import Begin, StartUp
from tests.faults.ledger import Trial
from tests.stack.up import Up
from tests.waiting import until

CALLERS = 6
SUBSCRIBERS = 6
LEAST = 24
DRAIN = {"JOBSVC_DRAIN_SECONDS": "1"}


class Load:
    """Callers that submit, and others that follow logs, until the service is gone."""

    def __init__(self, url: str, trial: Trial) -> None:
        self._url = url
        self._trial = trial
        self._stopping = threading.Event()
        works = [self._submit] * CALLERS + [self._follow] * SUBSCRIBERS
        self._threads = [threading.Thread(target=work) for work in works]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Wait until all are through with what they do."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _submit(self) -> None:
        body = {"job_type_id": self._trial.job_type_id}
        with httpx.Client(base_url=self._url, timeout=10) as client, suppress(httpx.HTTPError):
            while not self._stopping.is_set():
                answer = client.post("/v6/jobs/", json=body)
                if answer.status_code == httpx.codes.CREATED:
                    self._trial.accepted.append(answer.json()["id"])

    def _follow(self) -> None:
        with httpx.Client(base_url=self._url, timeout=10) as client, suppress(httpx.HTTPError):
            while not self._stopping.is_set():
                with client.stream("GET", "/v6/job-executions/1/logs/combined/stream/") as events:
                    for _ in events.iter_lines():
                        pass


# The client leaves a socket to the collector now and then when its server goes in the middle of an answer.
@pytest.mark.filterwarnings("ignore:.*unclosed <socket:pytest.PytestUnraisableExceptionWarning")
def test_what_was_accepted_before_the_end_is_done_after_it(start_up: StartUp, begin: Begin) -> None:
    up = started(start_up)
    trial = begin(up)
    load = Load(up.url, trial)
    until(lambda: len(trial.accepted) >= LEAST)
    assert up.end(signal.SIGTERM) == 0
    load.end()
    accepted = set(trial.accepted)
    again = started(start_up, JOBSVC_PORT=str(up.port))
    # A job whose answer the end cut off may be there, too; it is as good as any.
    there = {job["id"] for job in trial.service.jobs(job_type_id=trial.job_type_id)}
    assert accepted <= there
    assert len(there - accepted) <= CALLERS
    trial.accepted = sorted(there)
    trial.check()
    assert again.end(signal.SIGTERM) == 0


def test_a_log_that_is_followed_goes_on_where_the_end_cut_it_off(start_up: StartUp, begin: Begin) -> None:
    up = started(start_up)
    # Jobs that end while the worker drains: their executions are the ones that count.
    trial = begin(up, seconds=3)
    trial.submit(SUBSCRIBERS)
    trial.await_starts(SUBSCRIBERS)
    ids = [trial.service.ask("GET", f"/v6/jobs/{job_id}/executions/")["results"][0]["id"] for job_id in trial.accepted]
    follows = [Follow(up.url, execution_id) for execution_id in ids]
    until(lambda: all(follow.numbers for follow in follows))
    assert up.end(signal.SIGTERM) == 0
    for follow in follows:
        follow.join()
        # The end was not told to anybody: it is the service that went.
        assert follow.ending is None
    started(start_up, JOBSVC_PORT=str(up.port))
    trial.check()
    for follow in follows:
        follow.go_on()
        follow.join()
        assert follow.numbers == list(range(1, len(follow.numbers) + 1))
        assert follow.ending is not None
        assert follow.ending["complete"]


class Follow:
    """Somebody who follows a log in a thread, until the connection ends; `numbers` of the lines, `ending` as it was told."""

    def __init__(self, url: str, execution_id: int) -> None:
        self._url = f"{url}/v6/job-executions/{execution_id}/logs/combined/stream/"
        self._last_id = ""
        self.numbers: list[int] = []
        self.ending: dict[str, Any] | None = None
        self.go_on()

    def go_on(self) -> None:
        """Follow from where it was."""
        self._thread = threading.Thread(target=self._follow)
        self._thread.start()

    def join(self) -> None:
        """Wait for the end of the connection."""
        self._thread.join(30)
        assert not self._thread.is_alive()

    def _follow(self) -> None:
        reader = EventReader()
        headers = {"Last-Event-ID": self._last_id}
        with suppress(httpx.HTTPError), httpx.stream("GET", self._url, headers=headers, timeout=30) as answer:
            answer.raise_for_status()
            for piece in answer.iter_bytes():
                for event in reader.feed(piece):
                    self._take(event)

    def _take(self, event: LogEvent) -> None:
        self._last_id = event.id or self._last_id
        if event.name == "line":
            self.numbers.append(event.data["scale_order_num"])
        elif event.name == "end":
            self.ending = event.data


def started(start_up: StartUp, **variables: str) -> Up:
    """A service that answers."""
    up = start_up(DRAIN | variables)
    up.await_answer()
    return up
