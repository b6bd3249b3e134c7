"""Makes a file to import: jobs of all statuses with their types, recipes, batches, events, executions and files."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

TYPES, NODES, ERRORS = 20, 10, 40
PER_RECIPE, PER_BATCH = 4, 1000
BEGINNING = datetime(2024, 1, 1, tzinfo=UTC)
STATUSES = ("COMPLETED",) * 14 + ("FAILED",) * 3 + ("CANCELED", "QUEUED", "PENDING")
STARTED = {"COMPLETED", "FAILED"}
Line = dict[str, Any]


def write(path: Path, jobs: int) -> int:
    """Write a file with this many jobs; gives the number of lines."""
    count = 0
    with path.open("wb") as file:
        for line in lines(jobs):
            result = {name: value for name, value in line.items() if value is not None}
            file.write(orjson.dumps(result, option=orjson.OPT_UTC_Z) + b"\n")
            count += 1
    return count


def lines(jobs: int) -> Iterator[Line]:
    """The lines, in the sequence of an export."""
    yield {"jobsvc": {"format": 1}}
    yield from types()
    recipes = jobs // 10 + 1
    for number in range(1, recipes + 1):
        yield {"table": "ingest_event", "id": number, "type": "STRIKE", "occurred": at(number), "description": {"file": number}}
    for number in range(1, jobs // PER_BATCH + 2):
        yield {"table": "batch", "id": number, "title": f"Batch {number}", "recipe_type_id": 1, "created": at(number)}
    for number in range(1, recipes + 1):
        yield recipe(number)
    for part in (job, execution, node, product, link):
        for number in range(1, jobs + 1):
            line = part(number, jobs)
            if line is not None:
                yield line


def types() -> Iterator[Line]:
    """What there are few of."""
    about = {"name": "bench", "jobVersion": "1.0.0", "packageVersion": "1.0.0", "title": "Bench", "description": "Bench"}
    maintainer = {"name": "B", "email": "b@example.com"}
    job = {**about, "maintainer": maintainer, "timeout": 60, "interface": {"command": "true"}}
    manifest = {"seedVersion": "1.0.0", "job": job}
    yield {"table": "workspace", "id": 1, "name": "bench", "configuration": {"broker": {"type": "host", "host_path": "/tmp"}}}  # noqa: S108
    for number in range(1, NODES + 1):
        yield {"table": "node", "id": number, "hostname": f"node-{number}.example"}
    for number in range(27, ERRORS + 1):
        yield {"table": "error", "id": number, "name": f"error-{number}", "category": "DATA", "job_type_name": "type-1"}
    for number in range(1, TYPES + 1):
        yield {"table": "job_type", "id": number, "name": f"type-{number}", "version": "1.0.0", "manifest": manifest}
        yield {"table": "job_type_revision", "id": number, "job_type_id": number, "revision_num": 1, "manifest": manifest}
    yield {"table": "recipe_type", "id": 1, "name": "bench"}
    yield {"table": "recipe_type_revision", "id": 1, "recipe_type_id": 1, "revision_num": 1}


def recipe(number: int) -> Line:
    """A recipe: four of ten jobs are in one."""
    return {
        "table": "recipe",
        "id": number,
        "recipe_type_id": 1,
        "recipe_type_rev_id": 1,
        "ingest_event_id": number,
        "batch_id": number * 10 // PER_BATCH + 1,
        "jobs_total": PER_RECIPE,
        "created": at(number),
        "last_modified": at(number, 60),
    }


def job(number: int, _jobs: int) -> Line:
    """A job; one of twenty replaces another one."""
    status = status_of(number)
    is_old = number % 20 == 1
    return {
        "table": "job",
        "id": number,
        "job_type_id": type_of(number),
        "job_type_rev_id": type_of(number),
        "ingest_event_id": number // 10 + 1 if in_recipe(number) else None,
        "recipe_id": number // 10 + 1 if in_recipe(number) else None,
        "batch_id": number // PER_BATCH + 1 if in_recipe(number) else None,
        "status": status,
        "is_superseded": is_old,
        "superseded": at(number, 90) if is_old else None,
        "superseded_job_id": number - 1 if number % 20 == 2 and number > 2 else None,  # noqa: PLR2004
        "node_id": 1 + number % NODES if status in STARTED else None,
        "error_id": 1 + number % ERRORS if status == "FAILED" else None,
        "max_tries": 3,
        "num_exes": 0 if status == "PENDING" else 1,
        "input": {"files": {"INPUT": [1 + number // 2]}, "json": {"threshold": number % 100 / 4, "mode": "fast"}},
        "output": {"files": {"OUTPUT": [number]}, "json": {"count": number}} if status == "COMPLETED" else None,
        "configuration": {"priority": 100 + number % 10},
        "input_file_size": number % 500 / 8,
        "source_started": at(number, -3600),
        "source_ended": at(number, -3500),
        "queued": at(number, 1) if status != "PENDING" else None,
        "started": at(number, 2) if status in STARTED else None,
        "ended": at(number, 62) if status in STARTED else None,
        "last_status_change": at(number, 62),
        "created": at(number),
        "last_modified": at(number, 62),
    }


def execution(number: int, _jobs: int) -> Line | None:
    """The attempt of a job that was started."""
    status = status_of(number)
    if status not in STARTED:
        return None
    return {
        "table": "execution",
        "id": number,
        "job_id": number,
        "job_type_id": type_of(number),
        "exe_num": 1,
        "cluster_id": f"scale_job_bench_{number}x1",
        "node_id": 1 + number % NODES,
        "timeout": 60,
        "input_file_size": number % 500 / 8,
        "resources": {"resources": {"cpus": 1.0, "mem": 256.0, "disk": 10.0}},
        "queued": at(number, 1),
        "started": at(number, 2),
        "ended": at(number, 62),
        "status": status,
        "error_id": 1 + number % ERRORS if status == "FAILED" else None,
        "exit_code": 0 if status == "COMPLETED" else 1,
        "task_results": {"version": "1.0", "tasks": [{"type": "main", "launched": at(number, 2), "exit_code": 0}]},
        "created": at(number, 2),
        "last_modified": at(number, 62),
    }


def product(number: int, jobs: int) -> Line | None:
    """A file: the output of every other job, and as many of them serve as inputs."""
    if number > jobs // 2 + 1:
        return None
    return {
        "table": "file",
        "id": number,
        "workspace_id": 1,
        "file_name": f"output-{number}.tif",
        "file_path": f"{number % 1000}/output-{number}.tif",
        "file_type": "SOURCE",
        "file_size": 1000 + number,
        "media_type": "image/tiff",
        "created": at(number, 60),
        "last_modified": at(number, 60),
    }


def link(number: int, _jobs: int) -> Line:
    """That a job reads a file."""
    return {"table": "job_input_file", "job_id": number, "job_input": "INPUT", "position": 0, "file_id": 1 + number // 2}


def node(number: int, _jobs: int) -> Line | None:
    """The place of a job in its recipe."""
    if not in_recipe(number):
        return None
    return {"table": "recipe_node", "id": number, "recipe_id": number // 10 + 1, "node_name": f"n{number % 10}", "job_id": number}


def in_recipe(number: int) -> bool:
    """Four of ten jobs."""
    return number % 10 < PER_RECIPE


def type_of(number: int) -> int:
    """The id of a job's type."""
    return 1 + number % TYPES


def status_of(number: int) -> str:
    """The status of a job."""
    return STATUSES[number % len(STATUSES)]


def at(number: int, seconds: float = 0) -> datetime:
    """Jobs were made one a second."""
    return BEGINNING + timedelta(seconds=number + seconds)
