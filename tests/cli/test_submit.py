"""`jobsvc submit`: uploads, versions, exit codes, output."""

import json
import signal
from pathlib import Path

import pytest

from jobsvc.client import Client

from .conftest import Cli, Spawn
from .support import DATA, DECLARATION, EXAMPLES


def test_waiting_for_a_completed_job_gives_0_and_its_outputs(cli: Cli, service: str) -> None:
    ran = cli("submit", "word-count", "--input", f"TEXT={DECLARATION}", "--json", "TOP=3", "--wait")
    assert (ran.code, ran.err) == (0, "")
    for fact in (
        "COMPLETED",
        "exit code 0",
        " of CPU, ",
        " of memory",
        "TOTAL_WORDS = 1334",
        "REPORT: report.csv, 30 B",
        f"{service}/v6/files/",
    ):
        assert fact in ran.out


def test_waiting_for_a_failed_job_gives_1_and_its_declared_error(cli: Cli) -> None:
    parts = [f"--input=PARTS={DATA / name}" for name in ("co2_1975_1989.csv", "co2_growth_2005_2020.csv")]
    ran = cli("submit", "merge-csv", *parts, "--wait")
    assert ran.code == 1
    assert "bad-header (DATA): Headers differ" in ran.out
    assert "exit code 10" in ran.out


def test_waiting_for_a_canceled_job_gives_3(cli: Cli, spawn: Spawn) -> None:
    waiting = spawn("submit", "countdown", "--json", "SECONDS=20", "--wait", "--quiet")
    assert waiting.stdout is not None
    assert cli("cancel", waiting.stdout.readline().strip()).code == 0
    assert waiting.wait(10) == 3


def test_following_prints_the_log_of_the_job(cli: Cli) -> None:
    ran = cli("submit", "countdown", "-j", "SECONDS=1", "--follow")
    assert ran.code == 0
    assert ran.out.splitlines()[1:3] == ["1 s left", "done"]


def test_not_waiting_prints_the_id_and_where_the_job_is(cli: Cli, service: str) -> None:
    ran = cli("submit", "countdown:1.0.0", "-j", "SECONDS=0")
    job_id = ran.out.split()[1]
    assert ran.code == 0
    assert ran.out.endswith(f"{service}/v6/jobs/{job_id}/\n")


def test_the_job_gets_what_the_options_say(cli: Cli, client: Client, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"settings": {"EXAMPLES": str(EXAMPLES)}, "priority": 50}))
    file_id = client.files.upload(DECLARATION)["id"]
    options = ("-q", "-i", f"TEXT=id:{file_id}", "-j", "TOP=2", "--config", config, "--priority", 7, "--workspace", "default")
    (job_id,) = cli("submit", "word-count@1.0.0", *options).ids()
    job = client.jobs.get(job_id)
    assert job["input"] == {"files": {"TEXT": [file_id]}, "json": {"TOP": 2}}
    assert job["configuration"]["priority"] == 7
    assert job["configuration"]["output_workspaces"]["default"] == "default"


def test_without_a_version_the_highest_active_one_runs(cli: Cli, client: Client, tmp_path: Path) -> None:
    manifest = json.loads((EXAMPLES / "countdown" / "manifest.json").read_text())
    for version in ("1.9.0", "1.10.0", "2.0.0"):
        manifest["job"] |= {"name": "versions", "jobVersion": version}
        (tmp_path / "manifest.json").write_text(json.dumps(manifest))
        assert cli("types", "add", tmp_path / "manifest.json", "--setting", f"EXAMPLES={EXAMPLES}").code == 0
    cli("types", "deactivate", "versions", "2.0.0")
    (job_id,) = cli("submit", "versions", "-j", "SECONDS=0", "-q").ids()
    assert client.jobs.get(job_id)["job_type"]["version"] == "1.10.0"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "Job type nothing does not exist."),
        (["word-count:9"], "Job type word-count 9 does not exist."),
        (["word-count", "-i", "TXT=id:1"], "word-count 1.0.0 has no input TXT; it has TEXT, TOP, PACE"),
        (["word-count", "-i", "TEXT=/none"], "--input TEXT=/none: file not found"),
        (["word-count", "-i", "TEXT"], "--input TEXT: must be NAME=VALUE"),
        (["word-count"], "input.files.TEXT: is required"),
        (["countdown", "-j", "SECONDS=soon"], "input.json.SECONDS: must be of the type integer"),
        (["countdown", "--config", "/none.json"], "/none.json: No such file or directory"),
        (["countdown", "-j", "SECONDS=0", "--workspace", "none"], "there is no workspace 'none'"),
    ],
)
def test_what_cannot_be_submitted_is_refused_with_2_and_one_line(cli: Cli, arguments: list[str], message: str) -> None:
    ran = cli("submit", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("jobsvc: ")
    assert message in ran.err
    assert ran.err.count("\n") == 1


def test_ctrl_c_ends_the_waiting_quietly_with_130(cli: Cli, spawn: Spawn) -> None:
    waiting = spawn("submit", "countdown", "-j", "SECONDS=20", "-w", "-q")
    assert waiting.stdout is not None
    job_id = waiting.stdout.readline().strip()
    waiting.send_signal(signal.SIGINT)
    out, err = waiting.communicate(timeout=30)
    assert (waiting.returncode, out, err) == (130, "", "")
    assert cli("cancel", job_id).code == 0
