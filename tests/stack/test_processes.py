"""Several processes of the API share one port: one that goes costs no answer, and none outlives the one that started them."""

import os
import re
import signal
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.embedded.support import wait_until_gone
from tests.waiting import until

from .conftest import StartUp
from .up import Up, children, command_line

TWO = {"JOBSVC_PROCESSES": "2"}


def api_pids(up: Up) -> set[int]:
    """The API's processes that run now."""
    return {pid for pid in children(up.pid) if " serve --with-parent" in command_line(pid)}


def serving(start_up: StartUp, command: str = "serve", **options: object) -> Up:
    """A service with two processes that answer."""
    up = start_up(command=command, variables=TWO, **options)
    up.await_answer()
    until(lambda: len(api_pids(up)) == 2)
    return up


JUST_BEFORE = 0.5
"""Seconds: so long a call may take to be accepted and read."""
UNANSWERED = (httpx.ReadError, httpx.RemoteProtocolError)
INCOMPLETE = "complete"
"""In the text of what is said of an answer that ends in its midst."""


class Callers:
    """Threads that call until `end`, each time over a new connection; what became of the calls is in `results`.

    Who calls in the moment in which all processes stop may find the socket open and get no answer at all, as of any server.
    """

    def __init__(self, up: Up, number: int = 4) -> None:
        self.results: Counter[str] = Counter()
        self._url = f"{up.url}/v6/jobs/"
        self._stopping = threading.Event()
        self._stopped_at = float("inf")
        self._threads = [threading.Thread(target=self._call) for _ in range(number)]
        for thread in self._threads:
            thread.start()

    def end(self) -> Counter[str]:
        """Stop calling; gives the results."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        return self.results

    def stop_now(self) -> None:
        """Note that all processes are told to stop."""
        self._stopped_at = time.monotonic()

    def _call(self) -> None:
        while not self._stopping.is_set():
            begun = time.monotonic()
            try:
                self.results[str(httpx.get(self._url, timeout=30).status_code)] += 1
            except httpx.ConnectError:
                self.results["refused"] += 1
                return
            except httpx.HTTPError as exc:
                came_too_late = (
                    isinstance(exc, UNANSWERED) and INCOMPLETE not in str(exc) and begun > self._stopped_at - JUST_BEFORE
                )
                self.results["refused" if came_too_late else repr(exc)] += 1

    def await_calls(self, number: int) -> None:
        """Return when there were so many more answers."""
        enough = self.results["200"] + number
        until(lambda: self.results["200"] >= enough)


def test_both_take_calls_and_the_log_tells_them_apart(start_up: StartUp) -> None:
    up = serving(start_up)
    assert up.part("worker") is None
    clients = [httpx.Client(base_url=up.url) for _ in range(24)]
    for client in clients:
        client.get("/v6/version/")
    counts = [len(_sockets(pid) & _accepted(up.port)) for pid in api_pids(up)]
    for client in clients:
        client.close()
    assert sum(counts) >= 24
    assert min(counts) > 0
    up.kill("serve")
    until(lambda: up.says("stack.restarted", "child=serve-"))


def test_one_that_is_killed_comes_back_while_the_other_answers(start_up: StartUp) -> None:
    up = serving(start_up)
    before = api_pids(up)
    callers = Callers(up)
    callers.await_calls(20)
    up.kill("serve")
    until(lambda: len(api_pids(up) - before) == 1)
    callers.await_calls(20)
    results = callers.end()
    # What the killed one was answering is broken off: at most what each caller asked.
    assert results["refused"] == 0
    assert sum(results.values()) - results["200"] <= 4


def test_one_that_is_stopped_ends_its_answers(start_up: StartUp) -> None:
    up = serving(start_up)
    before = api_pids(up)
    callers = Callers(up)
    callers.await_calls(20)
    os.kill(min(before), signal.SIGTERM)
    until(lambda: len(api_pids(up) - before) == 1)
    callers.await_calls(20)
    assert set(callers.end()) == {"200"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_all_of_them_and_breaks_no_answer(start_up: StartUp, number: int) -> None:
    up = serving(start_up)
    callers = Callers(up)
    callers.await_calls(20)
    callers.stop_now()
    assert up.end(number) == 0
    assert set(callers.end()) == {"200", "refused"}


@pytest.mark.parametrize("command", ["serve", "up"])
def test_nothing_is_left_of_one_whose_parent_is_killed(start_up: StartUp, command: str) -> None:
    up = serving(start_up, command)
    up.process.kill()
    up.process.wait()
    until(lambda: not up.left(), 40)
    wait_until_gone(up.data_dir)


def test_the_embedded_database_is_started_once(start_up: StartUp) -> None:
    up = start_up(command="serve", variables=TWO | {"JOBSVC_DATABASE_URL": ""})
    up.await_answer()
    until(lambda: len(api_pids(up)) == 2)
    postmasters = [line for line in up.left() if re.search(r"bin/postgres\b.* -D ", line)]
    assert len(postmasters) == 1
    assert httpx.get(f"{up.url}/v6/jobs/").json()["count"] == 0
    assert up.end(signal.SIGTERM) == 0


def _sockets(pid: int) -> set[str]:
    """The inodes of a process's sockets."""
    targets = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            targets.append(str(link.readlink()))
    return {target[len("socket:[") : -1] for target in targets if target.startswith("socket:[")}


def _accepted(port: int) -> set[str]:
    """The inodes of the connections that clients have to a port of this host."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {row[9] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "01"}
