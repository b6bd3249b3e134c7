"""`jobsvc cancel` and `jobsvc requeue`."""

import io

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
    with pytest.raises(ValueError, match="no job ids"):
        client.bulk.cancel([])
