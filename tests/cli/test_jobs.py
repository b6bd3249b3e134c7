"""`jobsvc jobs` and `jobsvc show`."""

import json

import pytest

from jobsvc.client import Client

from .conftest import Cli


@pytest.fixture(scope="module")
def three(service: str) -> list[int]:
    """Three jobs that are done, the oldest first."""
    with Client(service) as client:
        kind = client.job_types.get("countdown")["id"]
        jobs = [client.jobs.submit(kind, {"files": {}, "json": {"SECONDS": 0}})["id"] for _ in range(3)]
        assert [list(client.jobs.watch(job))[-1]["status"] for job in jobs] == ["COMPLETED"] * 3
    return jobs


def test_the_table_has_a_job_a_line_the_newest_first(cli: Cli, three: list[int]) -> None:
    ran = cli("jobs", "--type", "countdown", "--limit", 3)
    header, *lines = ran.out.splitlines()
    assert ran.code == 0
    assert header.split() == ["ID", "TYPE", "STATUS", "QUEUED", "STARTED", "TOOK", "NODE", "ERROR"]
    assert [int(line.split()[0]) for line in lines] == three[::-1]
    assert lines[0].split()[1:3] == ["countdown:1.0.0", "COMPLETED"]


def test_json_is_the_page_of_the_service(cli: Cli, client: Client, three: list[int]) -> None:
    ran = cli("jobs", "--json", "--page", 2, "--page-size", 2, "--order", "id")
    assert ran.json()["results"] == client.jobs.list(page=2, page_size=2, order=["id"])["results"]
    assert ran.err == ""
    assert three


def test_quiet_prints_ids_alone(cli: Cli, three: list[int]) -> None:
    assert cli("jobs", "-q", "--limit", 3, "--order", "-id", "--started", "PT1H").ids() == three[::-1]
    assert cli("jobs", "-q", "--status", "blocked").out == ""


def test_filters_reach_the_service(cli: Cli, three: list[int]) -> None:
    assert set(three) <= set(cli("jobs", "-q", "-s", "completed", "-s", "failed", "-t", "countdown", "--limit", 5000).ids())
    assert cli("jobs", "-t", "no-such-type").err == "none\n"
    ran = cli("jobs", "--started", "yesterday")
    assert ran.code == 2
    assert ran.err.startswith("jobsvc: started: must be a timestamp")


def test_a_misspelt_status_is_told(cli: Cli) -> None:
    ran = cli("jobs", "--status", "faild")
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)


@pytest.mark.parametrize("form", ["-q", "--ndjson"])
def test_the_first_of_more_than_there_can_be_are_all(cli: Cli, three: list[int], form: str) -> None:
    assert len(cli("jobs", form, "--limit", 10**19).out.splitlines()) >= len(three)


def test_more_than_a_page_is_said_beside_the_table(cli: Cli, three: list[int]) -> None:
    ran = cli("jobs", "--page-size", 2)
    assert len(ran.out.splitlines()) == 3
    assert ran.err.startswith("2 of ")
    assert three


def test_a_job_is_shown_with_what_belongs_to_it(cli: Cli, three: list[int], service: str) -> None:
    ran = cli("show", three[0])
    assert ran.code == 0
    assert ran.out.startswith(f"Job {three[0]}  countdown 1.0.0  COMPLETED\n")
    for fact in ("execution 1 of 3", "SECONDS = 0", f"{service}/v6/jobs/{three[0]}/"):
        assert fact in ran.out
    assert cli("show", three[0], "--json").json()["id"] == three[0]


def test_an_unknown_job_is_one_line(cli: Cli) -> None:
    ran = cli("show", 10**9)
    assert (ran.code, ran.out, ran.err) == (2, "", "jobsvc: Job 1000000000 does not exist.\n")


def test_every_job_is_a_line(cli: Cli, client: Client) -> None:
    lines = [json.loads(line) for line in cli("jobs", "--ndjson").out.splitlines()]
    assert len(lines) == client.jobs.list(page_size=1)["count"]
    assert [line["id"] for line in lines] == sorted(line["id"] for line in lines)
    assert len(cli("jobs", "--ndjson", "--limit", 1).out.splitlines()) == 1


def test_why_says_what_comes_next(cli: Cli, three: list[int]) -> None:
    ran = cli("why", three[0])
    assert (ran.code, "COMPLETED" in ran.out, "no: It is completed." in ran.out) == (0, True, True)
    assert cli("why", three[0], "--json").json()["retry"]["is_expected"] is False


def test_stats_count_by_group(cli: Cli, three: list[int]) -> None:
    ran = cli("stats", "--type", "countdown", "--status", "completed")
    header, line = ran.out.splitlines()
    assert (ran.code, header.split()[:3]) == (0, ["STATUS", "TYPE", "JOBS"])
    assert line.split()[:2] == ["COMPLETED", "countdown"]
    assert int(line.split()[2]) >= len(three)
    [group] = cli("stats", "--by", "job_type_id", "--type", "countdown", "--json").json()["results"]
    assert (group["job_type_name"], group["job_type_version"], group["executions"] > 0) == ("countdown", "1.0.0", True)
    assert cli("stats", "--type", "no-such-type").err == "none\n"


def test_stats_name_what_jobs_cannot_be_grouped_by(cli: Cli) -> None:
    ran = cli("stats", "--by", "status,colour")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("jobsvc: group_by: jobs cannot be grouped by 'colour'; choices are status,")
