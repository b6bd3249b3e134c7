"""`jobsvc submit-many`: many jobs, of a file with one a line."""

import json
from pathlib import Path

import pytest

from jobsvc.cli import submit_many
from jobsvc.client import Client

from .conftest import Cli


def written(path: Path, *lines: object) -> Path:
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path


def count(client: Client) -> int:
    return client.jobs.list(page_size=1)["count"]


def test_lines_are_sent_in_parts_and_refused_by_their_numbers(
    cli: Cli, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submit_many, "MOST_JOBS", 2)
    before = count(client)
    good = {"input": {"json": {"SECONDS": 0}}}
    file = written(tmp_path / "jobs", good, "", good, "nonsense", {"job_type_id": 10**6}, good, "[]", "NaN", good)
    ran = cli("submit-many", "--type=countdown", file)
    assert (ran.code, ran.out) == (1, "4 jobs queued, 4 refused.\n")
    assert [line.partition(":")[0] for line in sorted(ran.err.splitlines())] == ["line 4", "line 5", "line 7", "line 8"]
    assert "line 5: Job type 1000000 does not exist." in ran.err
    assert count(client) == before + 4


def test_ids_alone(cli: Cli, client: Client, tmp_path: Path) -> None:
    job_type_id = client.job_types.get("countdown")["id"]
    job = {"job_type_id": job_type_id, "input": {"json": {"SECONDS": 0}}}
    ran = cli("submit-many", written(tmp_path / "jobs", job, job), "--quiet")
    assert ran.code == 0
    assert [client.jobs.get(int(line))["job_type"]["name"] for line in ran.out.split()] == ["countdown"] * 2


def test_all_or_none(cli: Cli, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = count(client)
    good, bad = {"input": {"json": {"SECONDS": 0}}}, {"input": {"json": {"SECONDS": "x"}}}
    refused = cli("submit-many", "--type=countdown", written(tmp_path / "bad", good, bad), "--atomic")
    assert refused.code == 2
    assert "jobs[1]: input.json.SECONDS: must be of the type integer. No job was made. (jobs[0] is line 1.)" in refused.err
    assert cli("submit-many", "--type=countdown", written(tmp_path / "torn", good, "{"), "--atomic").code == 1
    assert count(client) == before
    file = written(tmp_path / "good", good, good)
    assert cli("submit-many", "--type=countdown", file, "--atomic").out == "2 jobs queued, 0 refused.\n"
    monkeypatch.setattr(submit_many, "MOST_BYTES", 10)
    assert "do not fit in one request" in cli("submit-many", "--type=countdown", file, "--atomic").err
    assert count(client) == before + 2


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("/nowhere/jobs",), "/nowhere/jobs: No such file or directory"),
        (("/dev/null", "--type=nothing-like-that"), "does not exist"),
        (("/dev/null", "--type=:1"), "must be the name of a job type"),
        ((), "Missing argument"),
    ],
)
def test_what_cannot_be_done(cli: Cli, arguments: tuple[str, ...], problem: str) -> None:
    ran = cli("submit-many", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert problem in ran.err
