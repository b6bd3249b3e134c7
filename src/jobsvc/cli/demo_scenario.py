"""What `jobsvc demo` shows: one example job from the first request to its output, and where to go on."""

import json
import os
import re
import shlex
import shutil
import sys
from pathlib import Path

from rich.text import Text

from jobsvc.cli import job_view, terminal
from jobsvc.cli.formatting import size
from jobsvc.cli.session import default_url
from jobsvc.cli.types import CONFIGURATION_VERSION
from jobsvc.client import Client
from jobsvc.client.models import Data, File, JobDetails, JobTypeDetails, Json, LogLine
from jobsvc.client.sync.logs import LogUpdate
from jobsvc.domain.iso8601 import read_timestamp

WORKSPACE = "examples"
JOB_TYPE = "word-count"
INPUT = "declaration-of-independence.txt"
PACE_SECONDS = 0.1
POLL_SECONDS = 0.1
OUTPUT_LINES = 12
BAR = 30
PERCENT = re.compile(r"\s*(\d{1,3})%")


def run(client: Client, examples: Path, *, from_images: bool = False) -> JobDetails:
    """Register the examples, or their images; run one and print the result; return the job when it is final."""
    kinds = _register_images(client, examples) if from_images else _register_types(client, examples)
    done("job types", ", ".join(sorted(kinds)) + (", of their images" if from_images else ""))
    file = _register_input(client, examples / "data")
    done("input", f"{file['file_name']}, {size(file['file_size'])}, in the workspace {WORKSPACE}")
    data: Data = {"files": {"TEXT": [file["id"]]}, "json": {"PACE": PACE_SECONDS}}
    job_id = client.jobs.submit(kinds[JOB_TYPE]["id"], data)["id"]
    done(f"job {job_id}", f"{JOB_TYPE}, {PACE_SECONDS} s a piece, through POST /v6/jobs/; its log, live:")
    _follow(client, job_id)
    job = client.jobs.get(job_id)
    print()
    job_view.print_job(terminal.out(), client, job)
    _print_outputs(client, job)
    return job


def print_next_steps(client: Client, job: JobDetails, examples: Path) -> None:
    """Print where to look on, and what to try next."""
    table = os.path.relpath(examples / "data" / "co2_1975_2024.csv")
    exe = job["execution"]["id"] if job["execution"] else 0
    lines = [
        ("job", job_view.address(client, job["id"])),
        ("log", f"{client.url}/v6/job-executions/{exe}/logs/combined/?format=txt"),
        ("API", f"{client.url}/docs"),
        ("cancel", "id=$(jobsvc submit -q countdown -j SECONDS=20) && jobsvc cancel $id"),
        ("follow", "jobsvc submit countdown -j SECONDS=5 --follow"),
        ("plot", f"jobsvc submit co2-plot -i TABLE={shlex.quote(table)} --wait"),
        ("look", f"jobsvc jobs; curl -s {job_view.address(client, job['id'])}"),
    ]
    lines[3:3] = [("first", command) for command in _preparations(client.url)]
    for name, text in lines:
        terminal.out().print(Text.assemble((f"  {name:<8}", "dim"), text), soft_wrap=True)


def _preparations(url: str) -> list[str]:
    """What a new terminal needs before the commands work there."""
    needed = []
    if shutil.which("jobsvc") is None:
        needed.append(f". {os.path.relpath(Path(sys.prefix) / 'bin' / 'activate')}")
    if url != default_url() or "JOBSVC_PORT" in os.environ:
        needed.append(f"export JOBSVC_URL={url}")
    return needed


def done(what: str, text: str) -> None:
    """Print a step that is behind us."""
    terminal.out().print(Text.assemble(("✓ ", "green"), (f"{what:<10}", "bold"), text))


def image_name(manifest: Json) -> str:
    """What the image of an example is called: as Seed names images, and as one of this machine, so that no other is pulled."""
    job = manifest["job"]
    return f"localhost/{job['name']}-{job['jobVersion']}-seed:{job['packageVersion']}"


def _manifests(examples: Path) -> list[Json]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(examples.glob("*/manifest.json"))]


def _register_types(client: Client, examples: Path) -> dict[str, JobTypeDetails]:
    """All examples by name, as they are now; again and again the same."""
    configuration = {"version": CONFIGURATION_VERSION, "settings": {"EXAMPLES": str(examples)}}
    kinds = [client.job_types.create(manifest, configuration=configuration) for manifest in _manifests(examples)]
    return {kind["name"]: kind for kind in kinds}


def _register_images(client: Client, examples: Path) -> dict[str, JobTypeDetails]:
    """The same of the names of their images alone; the configuration takes the place of what was there before."""
    configuration = {"version": CONFIGURATION_VERSION}
    images = [image_name(manifest) for manifest in _manifests(examples)]
    kinds = [client.job_types.create(docker_image=image, configuration=configuration) for image in images]
    return {kind["name"]: kind for kind in kinds}


def _register_input(client: Client, directory: Path) -> File:
    if (workspace := client.workspaces.find(WORKSPACE)) is None:
        client.workspaces.create(WORKSPACE.title(), directory)
    else:
        # The checkout may have moved since the last time.
        client.workspaces.move(workspace["id"], directory)
    return client.files.register(WORKSPACE, INPUT)


def _follow(client: Client, job_id: int) -> None:
    """Print the log as it grows, each line with its second."""
    console = terminal.out()
    with terminal.live(console) as say:
        for update in client.logs.follow(job_id, interval=POLL_SECONDS):
            for line in update.lines:
                console.print(_line(update, line))
            if update.lines or update.execution is None:
                say(_progress(update))


def _line(update: LogUpdate, line: LogLine) -> Text:
    started = update.execution["started"] if update.execution else None
    begun = read_timestamp(started or line["@timestamp"])
    second = (read_timestamp(line["@timestamp"]) - begun).total_seconds()
    return Text.assemble((f"{second:9.2f} s │ ", "dim"), line["message"])


def _progress(update: LogUpdate) -> str:
    """The status and, when the latest line begins with a percentage, a bar."""
    match = PERCENT.match(update.lines[-1]["message"]) if update.lines else None
    if match is None:
        return update.status
    filled = round(BAR * int(match[1]) / 100)
    return f"{update.status} {'━' * filled}{'╌' * (BAR - filled)} {match[1]}%"


def _print_outputs(client: Client, job: JobDetails) -> None:
    """Print the beginning of each file that the job left."""
    for file_id in (id_ for ids in job["output"]["files"].values() for id_ in ids):
        content = b"".join(client.files.content(file_id)).decode(errors="replace")
        for line in content.splitlines()[:OUTPUT_LINES]:
            terminal.out().print(Text.assemble((f"{'│':>13} ", "dim"), line))
