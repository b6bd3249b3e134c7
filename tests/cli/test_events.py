"""`jobsvc events`."""

import json
import signal
from typing import Any

import pytest

from jobsvc.cli.events import line
from jobsvc.client import Client

from .conftest import Cli, Spawn
from .support import serving

LIFE = ["job.queued", "execution.started", "job.started", "execution.completed", "job.completed"]
NOTHING: dict[str, Any] = dict.fromkeys(
    ("job_id", "batch_id", "recipe_id", "execution_id", "exe_num", "bulk_operation_id", "node_id", "worker_id", "job_type")
)


@pytest.fixture
def job_id(cli: Cli) -> int:
    """A job that has run."""
    (result,) = cli("submit", "countdown", "-j", "SECONDS=0", "-q", "--wait").ids()
    return result


def test_the_events_of_a_job_are_lines(cli: Cli, job_id: int) -> None:
    lines = cli("events", "--job", job_id).out.splitlines()
    assert [text.split()[1] for text in lines] == LIFE
    assert lines[0].endswith(f"job.queued  job {job_id}  exe 1  countdown 1.0.0  by Anonymous")
    assert "exe 1" in lines[-1]
    assert "RUNNING -> COMPLETED" in lines[-1]


def test_events_are_json_objects_for_machines(cli: Cli, job_id: int) -> None:
    ran = cli("events", "--type", "job.started", "--type", "job.completed", "--job", job_id, "--json")
    events = [json.loads(text) for text in ran.out.splitlines()]
    assert [(event["type"], event["job_id"]) for event in events] == [("job.started", job_id), ("job.completed", job_id)]
    assert cli("events", "--after", events[-1]["id"], "--job", job_id).out == ""


def test_events_are_followed_until_interrupted(cli: Cli, spawn: Spawn, job_id: int) -> None:
    last = json.loads(cli("events", "--job", job_id, "--json").out.splitlines()[-1])["id"]
    following = spawn("events", "-f", "--after", last, "--type", "job.queued", "--job-type", "countdown")
    (new,) = cli("submit", "countdown", "-j", "SECONDS=0", "-q").ids()
    assert following.stdout is not None
    assert f"job.queued  job {new}  " in following.stdout.readline()
    following.send_signal(signal.SIGINT)
    assert following.wait(10) == 130


def test_a_type_that_there_is_not_is_refused_in_one_line(cli: Cli) -> None:
    ran = cli("events", "--type", "job.vanished")
    assert ran.code == 2
    assert "type: Input should be 'job.pending'" in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_line_stays_one_whatever_names_hold() -> None:
    event: Any = {
        **NOTHING,
        "id": 1,
        "time": "2026-01-01T00:00:00Z",
        "type": "job_type.changed",
        "job_type": {"id": 1, "name": "a\nb\x1b[31m", "version": "1.0.0"},
        "actor": "me",
        "data": {"changed": ["is_paused", "max_tries"]},
    }
    text = line(event).plain
    assert text.endswith("job_type.changed  a\ufffdb\ufffd[31m 1.0.0  changed is_paused, max_tries  by me")


def test_a_position_that_comes_alone_is_where_a_stream_is_read_on() -> None:
    """What a filter leaves out is passed over: after weeks without an event that fits, the last one may be too old."""
    asked: list[str | None] = []
    event = 'id: 9\ndata: {"id": 9}\n\n'

    def answer(request: Any) -> tuple[int, str]:
        asked.append(request.headers["Last-Event-ID"])
        return 200, ": alive\nid: 7\n\nid: 8\nda" if len(asked) == 1 else event

    with serving(answer) as url, Client(url) as client:
        assert next(client.events(after=3, follow=True))["id"] == 9
    assert asked == ["3", "7"]
