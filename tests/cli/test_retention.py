"""`jobsvc retention` and `jobsvc purge`."""

import io
import json
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest

from jobsvc.client import ApiError, Client
from tests.factories import manifest

from .conftest import Cli
from .support import JOBSVC

NAME, VERSION = "old-news", "1.0.0"
OLD = "2020-01-01T12:00:00Z"
HEADER = {"jobsvc": {"format": 1, "version": "0.1.0"}}
TYPE_ID, FIRST = 7001, 7000
OF_TYPE = ("--type", f"{NAME}:{VERSION}")


@pytest.fixture(scope="module")
def old_jobs(variables: Mapping[str, str], service: str, tmp_path_factory: pytest.TempPathFactory) -> list[int]:
    """Three jobs that ended years ago."""
    assert service
    document = manifest(NAME)
    of_type = {"job_type_id": TYPE_ID, "job_type_rev_id": TYPE_ID}
    times = {"created": OLD, "last_status_change": OLD}
    rows: list[dict[str, Any]] = [
        {"table": "job_type", "id": TYPE_ID, "name": NAME, "version": VERSION, "manifest": document},
        {"table": "job_type_revision", "id": TYPE_ID, "job_type_id": TYPE_ID, "revision_num": 1, "manifest": document},
        *({"table": "job", "id": FIRST + n, **of_type, **times, "status": "CANCELED", "max_tries": 1} for n in range(3)),
    ]
    file = tmp_path_factory.mktemp("old") / "old.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in (HEADER, *rows)))
    subprocess.run([*JOBSVC, "import", file], env={**variables}, check=True, timeout=120)
    return [FIRST + n for n in range(3)]


def test_days_of_a_type_are_shown_and_changed_one_by_one(cli: Cli, client: Client, old_jobs: list[int]) -> None:
    assert old_jobs
    default = [
        "  jobs         365 days, by default",
        "  failed jobs  365 days, by default",
        "  products     for ever, by default",
        "  log lines    90 days, by default",
    ]
    lines = [line.rstrip() for line in cli("retention", "show", NAME, VERSION).out.splitlines()]
    assert lines == [*default, "  held         only jobs that are held themselves"]
    assert cli("retention", "set", NAME, VERSION, "--job-days", 30, "--hold", "--json").json()["effective"]["job_days"] == 30
    cli("retention", "set", NAME, VERSION, "--failed-job-days", 0)
    said = client.retention.of_type(NAME, VERSION)
    assert (said["job_days"], said["failed_job_days"], said["product_days"], said["is_held"]) == (30, 0, None, True)
    assert "held         everything" in cli("retention", "show", NAME, VERSION).out
    assert cli("retention", "set", NAME, VERSION, "--job-days", "default", "--failed-job-days", "default", "--no-hold").code == 0
    assert client.retention.of_type(NAME, VERSION)["job_days"] is None


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "name what to change, as --job-days 30 or --hold"),
        (["--job-days", "soon"], "--job-days soon: must be a number of days, or `default`"),
    ],
)
def test_what_is_no_number_of_days_is_refused(cli: Cli, arguments: list[str], problem: str) -> None:
    ran = cli("retention", "set", NAME, VERSION, *arguments)
    assert (ran.code, ran.err) == (2, f"jobsvc: {problem}\n")


def test_old_jobs_go_and_held_ones_stay(cli: Cli, client: Client, old_jobs: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    ran = cli("retention", "hold", old_jobs[0], "--reason", "an audit")
    assert (ran.code, ran.out) == (0, f"job {old_jobs[0]} is held by Anonymous\n")
    assert client.retention.hold_of(old_jobs[0])["reason"] == "an audit"
    lines = cli("purge", "--dry-run").out.splitlines()
    assert lines[0] == "would remove 2 jobs, 0 executions, 0 products, 0 log lines"
    assert lines[2].split() == [NAME, VERSION, "2", "0", "0", "0"]
    assert cli("retention", "preview", *OF_TYPE, "--json").json() == cli("purge", "--dry-run", *OF_TYPE, "--json").json()
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    ran = cli("purge", *OF_TYPE)
    assert (ran.code, ran.err) == (2, "jobsvc: jobs are purged only with --yes, or after a confirmation in a terminal\n")
    ran = cli("purge", *OF_TYPE, "--yes", "--wait")
    assert (ran.code, ran.out) == (0, "2 of 2 jobs purged\n")
    with pytest.raises(ApiError, match="does not exist"):
        client.jobs.get(old_jobs[1])
    assert client.jobs.get(old_jobs[0])["status"] == "CANCELED"
    ran = cli("purge", "--yes")
    assert (ran.code, ran.err) == (0, "nothing has been kept long enough\n")
    assert cli("retention", "release", old_jobs[0]).out == "1 job not held any more\n"
    assert cli("purge", "--yes", "--wait", "--json").json()["done"] == 1


def test_types_are_named_with_their_version(cli: Cli) -> None:
    assert cli("purge", "--type", NAME).err == f"jobsvc: --type {NAME}: must be NAME:VERSION\n"
    ran = cli("retention", "preview", "--type", "no-such:1.0.0")
    assert ran.code == 2
    assert "no-such" in ran.err
    assert cli("retention", "hold", 2**40).code == 2
