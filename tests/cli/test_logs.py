"""`jobsvc logs`, read once and followed live."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobsvc.client import Client

from .conftest import Cli, Spawn
from .support import DATA, DECLARATION


@pytest.fixture(scope="module")
def failed(service: str) -> int:
    """A job that wrote to both of its streams."""
    with Client(service) as client:
        names = ("co2_1975_1989.csv", "co2_growth_2005_2020.csv")
        files = [client.files.upload(DATA / name)["id"] for name in names]
        job = client.jobs.submit(client.job_types.get("merge-csv")["id"], {"files": {"PARTS": files}, "json": {}})
        *_, last = client.jobs.watch(job["id"])
    assert last["status"] == "FAILED"
    return job["id"]


def test_a_log_is_printed_as_it_was_written(cli: Cli, failed: int) -> None:
    lines = cli("logs", failed).out.splitlines()
    assert lines[0] == "co2_1975_1989.csv: 15 rows, 15 in all"
    assert cli("logs", failed, "--stream", "stdout").out.splitlines() == lines[:1]
    assert cli("logs", failed, "--stream", "stderr").out.splitlines() == lines[1:]


def test_json_is_an_object_a_line(cli: Cli, failed: int) -> None:
    lines = [json.loads(line) for line in cli("logs", failed, "--json").out.splitlines()]
    assert {line["stream"] for line in lines} == {"stdout", "stderr"}
    assert [line["scale_order_num"] for line in lines] == sorted(line["scale_order_num"] for line in lines)


def test_following_a_job_that_is_final_prints_its_log_and_ends(cli: Cli, failed: int) -> None:
    assert cli("logs", failed, "--follow").out == cli("logs", failed).out
    assert cli("logs", failed, "--follow", "--json").out == cli("logs", failed, "--json").out


def test_a_log_is_followed_while_the_job_runs_until_it_is_canceled(cli: Cli, client: Client, spawn: Spawn) -> None:
    (job_id,) = cli("submit", "countdown", "-j", "SECONDS=20", "-q").ids()
    following = spawn("logs", job_id, "-f")
    assert following.stdout is not None
    assert [following.stdout.readline() for _ in range(2)] == ["20 s left\n", "19 s left\n"]
    assert client.jobs.get(job_id)["status"] == "RUNNING"
    assert cli("cancel", job_id, "--wait").code == 0
    out, err = following.communicate(timeout=10)
    assert (following.returncode, err) == (0, "")
    assert "stopped by SIGTERM" in out


@pytest.fixture
def paused(client: Client) -> Iterator[None]:
    """Countdowns stay in the queue."""
    client.job_types.change("countdown", "1.0.0", is_paused=True)
    yield
    client.job_types.change("countdown", "1.0.0", is_paused=False)


@pytest.mark.usefixtures("paused")
def test_following_waits_for_a_job_that_is_queued(cli: Cli, spawn: Spawn) -> None:
    (job_id,) = cli("submit", "countdown", "-j", "SECONDS=0", "-q").ids()
    assert "is QUEUED and has no log yet; -f waits for it" in cli("logs", job_id).err
    following = spawn("logs", job_id, "-f")
    time.sleep(1)
    assert following.poll() is None
    assert cli("types", "resume", "countdown", "1.0.0").code == 0
    assert following.communicate(timeout=10) == ("done\n", "")


def test_following_goes_on_with_every_retry(cli: Cli, client: Client, tmp_path: Path) -> None:
    """A workspace that is no directory any more is a fault of the system: the service tries again."""
    outputs = tmp_path / "outputs"
    outputs.mkdir()
    name = client.workspaces.create(f"broken {time.time_ns()}", outputs)["name"]
    outputs.rmdir()
    outputs.write_text("no directory")
    ran = cli("submit", "word-count", "-i", f"TEXT={DECLARATION}", "--workspace", name, "--follow")
    assert ran.code == 1
    assert ran.out.count("counting declaration") == 3
    assert ran.err.splitlines() == ["-- execution 2 --", "-- execution 3 --"]


def test_an_execution_is_chosen_by_its_number(cli: Cli, failed: int) -> None:
    assert cli("requeue", failed, "--wait").code == 0
    second = cli("logs", failed, "--follow", "--exe", 2).out
    assert second == cli("logs", failed, "--exe", 1).out
    assert cli("logs", failed, "--exe", 9).err == f"jobsvc: Execution 9 of job {failed} does not exist.\n"
