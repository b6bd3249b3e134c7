"""`jobsvc cancel` and `jobsvc requeue`."""

import io
from collections.abc import Iterator

import pytest

from jobsvc.client import Client

from .conftest import Cli


@pytest.fixture
def canceled(cli: Cli) -> int:
    """A job that was canceled."""
    (job_id,) = cli("submit", "countdown", "-j", "SECONDS=9", "-q").ids()
    ran = cli("cancel", job_id, "--wait")
    assert (ran.code, ran.out) == (0, "1 of 1 job canceled\n")
    return job_id


def test_a_canceled_job_goes_back_to_the_queue_with_a_new_priority(cli: Cli, client: Client, canceled: int) -> None:
    assert client.jobs.get(canceled)["status"] == "CANCELED"
    ran = cli("requeue", canceled, "--wait", "--priority", 3)
    assert (ran.code, ran.out) == (0, "1 of 1 job requeued\n")
    assert client.jobs.get(canceled)["status"] in {"QUEUED", "RUNNING"}
    assert cli("cancel", canceled, "--wait").code == 0


def test_waiting_tells_what_could_not_be_done(cli: Cli, canceled: int) -> None:
    ran = cli("cancel", canceled, 10**9, canceled, "--wait")
    assert (ran.code, ran.out) == (1, "0 of 2 jobs canceled; 1 not in a status for it; 1 unknown\n")


def test_not_waiting_prints_where_the_operation_is(cli: Cli, canceled: int, service: str) -> None:
    ran = cli("cancel", canceled)
    assert ran.code == 0
    assert ran.out.startswith(f"asked for 1 job to be canceled; what came of it: {service}/v6/bulk-operations/")


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_ids_come_from_standard_input(
    cli: Cli, canceled: int, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{canceled}\n{canceled}\n"))
    assert cli("cancel", *arguments, "--wait").out == "0 of 1 job canceled; 1 not in a status for it\n"


@pytest.mark.parametrize("text", ["", "12 twelve"])
def test_nothing_happens_without_ids(cli: Cli, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    ran = cli("cancel", "-")
    assert (ran.code, ran.out) == (2, "")


def test_the_client_refuses_to_cancel_every_job(client: Client) -> None:
    with pytest.raises(ValueError, match="no jobs are selected"):
        client.bulk.cancel({"job_ids": []})


@pytest.fixture
def waiting(cli: Cli, client: Client) -> Iterator[list[int]]:
    """Two jobs of a paused type."""
    client.job_types.change("countdown", "1.0.0", is_paused=True)
    yield [cli("submit", "countdown", "-j", "SECONDS=9", "-q").ids()[0] for _ in range(2)]
    assert cli("cancel", "--type", "countdown", "--status", "queued", "--yes", "--wait").code in {0, 1}
    client.job_types.change("countdown", "1.0.0", is_paused=False)


SELECTED = ("--type", "countdown", "--status", "queued")


def test_a_filter_is_previewed(cli: Cli, client: Client, waiting: list[int]) -> None:
    ran = cli("cancel", *SELECTED, "--dry-run")
    assert (ran.code, ran.out) == (0, "would cancel 2 jobs of 2 selected\n  2 QUEUED\n  2 countdown:1.0.0\n")
    assert cli("cancel", *SELECTED, "--dry-run", "--json").json()["eligible"] == 2
    assert client.jobs.get(waiting[0])["status"] == "QUEUED"


def test_a_filter_is_carried_out_with_yes(cli: Cli, client: Client, waiting: list[int]) -> None:
    ran = cli("cancel", *SELECTED, "--yes", "--wait")
    assert (ran.code, ran.out) == (0, "2 of 2 jobs canceled\n")
    assert {client.jobs.get(item)["status"] for item in waiting} == {"CANCELED"}
    ran = cli("cancel", *SELECTED, "--yes")
    assert (ran.code, ran.err) == (1, "would cancel 0 jobs of 0 selected\n")


def test_nobody_there_to_be_asked_means_no(cli: Cli, client: Client, waiting: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    ran = cli("cancel", *SELECTED)
    assert (ran.code, ran.out) == (2, "")
    assert "--yes" in ran.err
    assert client.jobs.get(waiting[0])["status"] == "QUEUED"


def test_the_operation_can_be_had_as_json(cli: Cli, waiting: list[int]) -> None:
    operation = cli("cancel", *waiting, "--wait", "--json").json()
    assert (operation["state"], operation["done"]) == ("COMPLETED", 2)


def test_every_job_goes_with_nothing_else(cli: Cli) -> None:
    ran = cli("cancel", "--all", "--status", "queued", "--yes")
    assert (ran.code, ran.err) == (2, "jobsvc: --all selects every job and cannot be combined with ids or filters\n")
