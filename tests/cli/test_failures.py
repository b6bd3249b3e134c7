"""What goes wrong around a command: one line on standard error, an exit code, never a traceback."""

import json
import os
import shlex
import subprocess
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from jobsvc.cli.run import run

from .conftest import Cli
from .support import JOBSVC, serving

NOBODY = "http://127.0.0.1:9"


@pytest.mark.parametrize("command", [["jobs"], ["logs", "1", "-f"], ["cancel", "1"], ["submit", "countdown"]])
def test_a_service_that_is_not_there_is_named_with_what_to_do(capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    assert run(["--url", NOBODY, *command]) == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"jobsvc: no service answers at {NOBODY} (Connection refused); start it with `jobsvc up`")
    assert err.count("\n") == 1


def test_the_url_comes_from_the_environment(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBSVC_PORT", "9")
    assert run(["jobs"]) == 4
    assert NOBODY in capsys.readouterr().err
    monkeypatch.setenv("JOBSVC_URL", "http://localhost:9")
    assert run(["jobs"]) == 4
    assert "http://localhost:9" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("status", "body", "code", "message"),
    [
        (400, '{"detail": "order: no."}', 2, "order: no.\n"),
        (503, '{"detail": "The database cannot be reached."}', 4, "The database cannot be reached.\n"),
        (404, "<html>", 2, "answers 404 Not Found\n"),
        (502, "<html>", 4, "answers 502 Bad Gateway\n"),
        (200, "<html>", 4, "the server at this address is not jobsvc"),
    ],
)
def test_an_answer_that_is_an_error_is_said_in_its_words(
    capsys: pytest.CaptureFixture[str], status: int, body: str, code: int, message: str
) -> None:
    with serving(lambda _: (status, body)) as url:
        assert run(["--url", url, "jobs"]) == code
    err = capsys.readouterr().err
    assert err.startswith("jobsvc: ")
    assert message in err
    assert err.count("\n") == 1


def test_the_token_is_sent_from_the_option_and_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(request: BaseHTTPRequestHandler) -> tuple[int, str]:
        page = json.dumps({"count": 0, "next": None, "previous": None, "results": []})
        return (200, page) if request.headers["Authorization"] == "Bearer secret" else (403, '{"detail": "No."}')

    with serving(answer) as url:
        assert run(["--url", url, "jobs"]) == 2
        assert run(["--url", url, "--token", "secret", "jobs"]) == 0
        monkeypatch.setenv("JOBSVC_TOKEN", "secret")
        assert run(["--url", url, "jobs"]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["jobs", "--limt", "3"], "No such option: --limt"),
        (["show"], "Missing argument"),
        (["show", "x"], "Invalid value for 'ID'"),
        (["nothing"], "No such command 'nothing'"),
    ],
)
def test_wrong_usage_is_one_line_and_2(capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert message in err
    assert "--help`)" in err


def test_a_reader_that_goes_away_is_no_problem(cli: Cli, service: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    for command in (["types", "list"], ["jobs", "--json"]):
        ran = subprocess.run([*JOBSVC, "--url", service, *command], stdout=writing, stderr=subprocess.PIPE, check=False)
        assert (ran.returncode, ran.stderr) == (1, b"")
    os.close(writing)
    assert cli("types", "list").code == 0


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_problem(service: str, closed: str) -> None:
    command = f"{shlex.join(JOBSVC)} --url {service} types list {closed}"
    ran = subprocess.run(["sh", "-c", command], capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_what_the_encoding_does_not_know_is_replaced(cli: Cli, service: str, tmp_path: Path) -> None:
    assert cli("workspaces", "add", "Größe", str(tmp_path), "--description", "ß").code == 0
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [*JOBSVC, "--url", service, "workspaces", "list"]
    assert b"Gr??e" in subprocess.run(command, env=environment, capture_output=True, check=True).stdout
    configured = subprocess.run([*command, "--json"], env=environment, capture_output=True, check=True)
    assert "Größe" in {load["title"] for load in json.loads(configured.stdout)["results"]}


def test_a_full_disk_is_one_line(service: str) -> None:
    with Path("/dev/full").open("wb") as full:
        command = [*JOBSVC, "--url", service, "types", "list"]
        ran = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (2, "jobsvc: No space left on device\n")


@pytest.mark.parametrize("token", ["ä", "a\nb"])
def test_what_cannot_be_a_token_is_not_repeated(cli: Cli, token: str) -> None:
    ran = cli("--token", token, "jobs")
    assert (ran.code, ran.err) == (2, "jobsvc: --token: a token consists of printable ASCII characters\n")


def test_an_error_does_nothing_to_the_terminal(cli: Cli) -> None:
    assert cli("cancel", "1\x1b[2J").err == "jobsvc: 1\N{REPLACEMENT CHARACTER}[2J: must be the id of a job\n"


def test_the_command_line_loads_no_service() -> None:
    """What the service and HTTP need takes longer to import than the help to print."""
    program = "import sys, jobsvc.cli.app; print(*{'fastapi', 'sqlalchemy', 'uvicorn', 'httpx'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "\n"


def test_help_names_every_command_and_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    text = capsys.readouterr().out
    for word in ("demo", "submit", "jobs", "logs", "cancel", "requeue", "types", "files", "workspaces", "up", "Exit codes: 0"):
        assert word in text
