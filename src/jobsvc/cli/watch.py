"""Waits for jobs while a person looks on."""

import sys
from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from jobsvc.cli import formatting, terminal
from jobsvc.client import Client
from jobsvc.client.models import Execution, JobDetails, LogLine, Stream


def until_final(client: Client, job_id: int) -> JobDetails:
    """The job when it is final; a terminal shows its status meanwhile."""
    with terminal.live(terminal.watched()) as say:
        for job in client.jobs.watch(job_id):
            say(_progress(job_id, job["status"], job["started"]))
    return job


def follow(client: Client, job_id: int, stream: Stream = "combined", exe_num: int | None = None) -> None:
    """Print a job's log as it grows, of all attempts or of one, until the job or the attempt is final."""
    console = terminal.watched()
    shown: Execution | None = None
    with terminal.live(console) as say:
        for update in client.logs.follow(job_id, stream, exe_num):
            if update.execution is not None:
                if shown is not None and shown["id"] != update.execution["id"]:
                    terminal.err().print(f"-- execution {update.execution['exe_num']} --", style="dim")
                shown = update.execution
            print_lines(console, update.lines)
            say(_progress(job_id, update.status, shown["started"] if shown else None))


def print_lines(console: Console, lines: Iterable[LogLine]) -> None:
    """Print lines of a log on standard output: as they are in a pipe, without harm and in colour on a terminal."""
    for line in lines:
        if sys.stdout.isatty():
            console.print(_text(line), soft_wrap=True)
        else:
            print(line["message"])
    sys.stdout.flush()


def _text(line: LogLine) -> Text:
    """The line with the colours that the job set, and without escape sequences that do anything else."""
    text = Text.from_ansi(line["message"])
    if line["stream"] == "stderr":
        text.stylize_before("red")
    return text


def _progress(job_id: int, status: str, started: str | None) -> str:
    return f"job {job_id} {status} {formatting.between(started, None)}".rstrip()
