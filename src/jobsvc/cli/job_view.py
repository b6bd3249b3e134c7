"""A job as people read it."""

from collections.abc import Iterable, Mapping

from rich.console import Console, RenderableType
from rich.text import Text

from jobsvc.cli import formatting, terminal
from jobsvc.client import Client
from jobsvc.client.models import Data, ExecutionDetails, File, Job, JobDetails, Json

MOST_FILES = 10
"""Files of one input or output that are shown one by one."""
MIB = 2**20
Row = tuple[str, RenderableType]


def headline(job: JobDetails) -> Text:
    """Which job, of what type, in what status."""
    kind = job["job_type"]
    text = Text.assemble((f"Job {job['id']}", "bold"), f"  {kind['name']} {kind['version']}  ")
    return text.append_text(terminal.status(job["status"]))


def took(job: Job) -> str:
    """How long a job ran, or has been running; empty when that is not known, as of one that was canceled."""
    known = job["ended"] is not None or job["status"] == "RUNNING"
    return formatting.between(job["started"], job["ended"]) if known else ""


def address(client: Client, job_id: int) -> str:
    """Where the API shows a job."""
    return f"{client.url}/v6/jobs/{job_id}/"


def print_job(console: Console, client: Client, job: JobDetails, *, inputs: bool = False) -> None:
    """Print a job with its times, its error and its outputs; `inputs` asks for what it was given too."""
    shown = [job["input"], job["output"]] if inputs else [job["output"]]
    files = client.files.by_ids(sorted({id_ for data in shown for ids in data["files"].values() for id_ in ids[:MOST_FILES]}))
    rows = [*_times(job), *_error(job)]
    if job["labels"]:
        rows.append(("labels", ", ".join(f"{key}: {value}" if value else key for key, value in job["labels"].items())))
    if inputs:
        rows += [*again(job), ("priority", str(job["configuration"]["priority"])), *_data("input", job["input"], files)]
    rows += _data("output", job["output"], files)
    if inputs:
        rows.append(("see", address(client, job["id"])))
    console.print(headline(job))
    console.print(terminal.record(rows))


def exit_code(execution: ExecutionDetails | None) -> int | None:
    """What the job's own process exited with, if it was one and has ended."""
    code: int | None = _task(execution).get("exit_code")
    return code


def usage(execution: ExecutionDetails | None) -> str:
    """What the job's process used; empty when that is not known."""
    task = _task(execution)
    used: Json = task.get("usage") or {}
    cpu, memory = used.get("cpu_seconds"), used.get("peak_memory")
    texts = [
        "" if cpu is None else f"{formatting.span(cpu)} of CPU",
        "" if memory is None else f"{formatting.size(memory * MIB)} of memory",
        f"on {task['node']}" if "node" in task else "",
    ]
    return ", ".join(filter(None, texts))


def _task(execution: ExecutionDetails | None) -> Json:
    """What the job's own process did; nothing of one that did not begin."""
    tasks: list[Json] = ((execution["task_results"] if execution else None) or {}).get("tasks", [])
    return tasks[0] if tasks else {}


def _times(job: JobDetails) -> Iterable[Row]:
    where = f"on {job['node']['hostname']}, " if job["node"] else ""
    execution = f"{where}execution {job['num_exes']} of {job['max_tries']}"
    code, used = exit_code(job["execution"]), usage(job["execution"])
    if job["queued"]:
        waited = formatting.between(job["queued"], job["started"]) if job["started"] else ""
        yield "queued", _joined(formatting.instant(job["queued"]), f"waited {waited}" if waited else "")
    if job["started"]:
        yield "started", _joined(formatting.instant(job["started"]), execution)
    if job["ended"]:
        ran = f"took {took(job)}" if job["started"] else ""
        yield "ended", _joined(formatting.instant(job["ended"]), ran + ("" if code is None else f", exit code {code}"))
    if used:
        yield "used", used
    yield from waits(job)


def waits(job: JobDetails) -> Iterable[Row]:
    """Why a job does not run yet, where it is in the queue, and when it may start."""
    pending: Json = job.get("pending") or {}
    for reason in pending.get("reasons", []):
        since = reason.get("since")
        yield "waits", _joined(reason["description"], f"since {formatting.instant(since)}" if since else "")
    if place := pending.get("place"):
        yield "place", f"{place['number']} in the queue" if place["is_exact"] else f"at least {place['number']} in the queue"
    yield from _expectations(pending.get("estimate") or {})


def again(job: JobDetails) -> Iterable[Row]:
    """Whether a job will be tried again."""
    retry: Json = job.get("retry") or {}
    if not retry:
        return
    will = {True: "yes", False: "no", None: "perhaps"}[retry["is_expected"]]
    at = f"not before {formatting.instant(retry['at'])}" if retry["at"] else ""
    yield "again", _joined(f"{will}: {retry['reason']}", at, _tries(retry["tries_left"]))


def _tries(number: int) -> str:
    return "1 try left" if number == 1 else f"{number} tries left"


def print_why(console: Console, job: JobDetails) -> None:
    """Print why a job waits, or ended as it did, and what comes next."""
    console.print(headline(job))
    console.print(terminal.record([*waits(job), *_error(job), *again(job)]))


def _expectations(estimate: Json) -> Iterable[Row]:
    runs = estimate.get("runs")
    if estimate.get("start_p50"):
        early, late = formatting.instant(estimate["start_p50"]), formatting.instant(estimate["start_p95"])
        yield "starts", f"half by {early}, 95 of 100 by {late}, as the last {runs} of its type"
    if estimate.get("run_seconds_p50") is not None:
        half, most = formatting.span(estimate["run_seconds_p50"]), formatting.span(estimate["run_seconds_p95"])
        yield "takes", f"half up to {half}, 95 of 100 up to {most}"


def _error(job: JobDetails) -> Iterable[Row]:
    error = job["error"]
    if error is not None:
        yield "error", Text(f"{error['name']} ({error['category']}): {error['title'] or ''}", "red")
        if error["description"] and error["description"] != error["title"]:
            yield "", error["description"]


def _data(title: str, data: Data, files: Mapping[int, File]) -> Iterable[Row]:
    """Values and files of an input or output; only the first line has the title."""
    lines = [f"{name} = {formatting.value(item)}" for name, item in data["json"].items()]
    for name, ids in data["files"].items():
        for file_id in ids[:MOST_FILES]:
            lines += _file(name, file_id, files.get(file_id))
        if len(ids) > MOST_FILES:
            lines.append(f"{name}: {len(ids) - MOST_FILES} more files")
    for line in lines:
        yield title, line
        title = ""


def _file(name: str, file_id: int, file: File | None) -> list[str]:
    if file is None:
        return [f"{name}: file {file_id}"]
    return [f"{name}: {file['file_name']}, {formatting.size(file['file_size'])}", f"  {file['url']}"]


def _joined(*parts: str) -> str:
    return "  ".join(part for part in parts if part)
