"""One of everything that the documents' examples show: a job with its type, event, recipe, files, executions and logs."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, update

from jobsvc.db.tables import (
    EventRow,
    ExecutionRow,
    FileRow,
    JobInputFileRow,
    JobTypeRow,
    LogLineRow,
    NodeRow,
    RecipeNodeRow,
    RecipeRow,
    RecipeTypeRevisionRow,
    RecipeTypeRow,
    TriggerRuleRow,
    WorkspaceRow,
)
from jobsvc.domain.records import JobTypeDetails
from tests.api import rows
from tests.factories import Factory

INTERFACE = {
    "command": "/usr/local/bin/python2.7 /app/parser/manage.py create_footprint_kml ${input_file} ${job_output_dir}",
    "inputs": {"files": [{"name": "input_file"}]},
    "outputs": {"files": [{"name": "output_file", "pattern": "*.kml", "mediaType": "application/vnd.google-earth.kml+xml"}]},
}
RESOURCES = {"scalar": [{"name": "cpus", "value": 0.5}, {"name": "mem", "value": 128}, {"name": "disk", "value": 16}]}
SCHEDULED = {"resources": {"cpus": 0.5, "mem": 15360.0, "disk": 3.0}}
TIMES = {"started": "2020-01-01T01:00:01Z", "ended": "2020-01-01T01:59:00.500000Z", "exit_code": None}
TASKS = {"version": "1.0", "tasks": [{"type": kind, **TIMES} for kind in ("pre", "main", "post")]}


def at(minutes: float) -> datetime:
    return rows.T0 + timedelta(minutes=minutes)


async def make_stock(make: Factory) -> dict[str, int]:
    """Put everything into the tables; gives the ids of the job, of its execution, and of the job that it superseded."""
    kind = await make.job_type("kml-footprint", interface=INTERFACE, resources=RESOURCES)
    async with make.db.engine.begin() as connection:
        await connection.execute(update(JobTypeRow).values(category="system", icon_code="f0ac"))
    event = await _event(make)
    source = await _file(make, "Raw Source", file_type="SOURCE", data_started=rows.T0, data_ended=at(1))
    replaced = await _failed(make, kind, event)
    job = await _job(make, kind, source, event_id=event, superseded_job_id=replaced, root_superseded_job_id=replaced)
    node = await make.row(NodeRow, hostname="machine.com", port=5051, slave_id="20150821-123454-1683014024-5050-8216-S2")
    execution = await _execution(make, kind, job, node)
    made = {"job_id": job, "job_exe_id": execution, "job_type_id": kind.item.job_type.id, "job_output": "output_file"}
    product = await _file(make, "Products", file_type="PRODUCT", is_published=True, published=at(2), **made)
    output = {"files": {"output_file": [product]}, "json": {}}
    await make.set(job, output=output)
    await _recipe(make, job, event)
    async with make.db.engine.begin() as connection:
        columns = {"output": {"version": "7", **output}}
        await connection.execute(update(ExecutionRow).where(ExecutionRow.id == execution).values(**columns))
    return {"job": job, "execution": execution, "replaced": replaced}


async def _event(make: Factory) -> int:
    rule = await make.row(TriggerRuleRow, type="PARSE", name="parse-kml", configuration={"version": "1.0"})
    return await make.row(EventRow, type="PARSE", rule_id=rule, description={"file_id": 1}, occurred=rows.T0)


async def _failed(make: Factory, kind: JobTypeDetails, event: int) -> int:
    """A job that failed and was superseded, with its execution."""
    error = await rows.error_row(make, "bad-data", "DATA", title="Bad Data", description="The data are bad.")
    columns = {**rows.FAILED, "error_id": error, "event_id": event, "is_superseded": True, "superseded": at(5)}
    job = await rows.job_row(make, kind, **columns)
    await rows.execution_row(make, job, kind, status="FAILED", error_id=error, exit_code=3)
    return job


async def _job(make: Factory, kind: JobTypeDetails, source: int, **columns: Any) -> int:
    result = {"files": {"input_file": [source]}, "json": {}}
    job = await rows.job_row(
        make, kind, **{**rows.COMPLETED, "input": result, "input_file_size": 2.0, "last_status_change": at(9), **columns}
    )
    async with make.db.engine.begin() as connection:
        read = {"job_id": job, "job_input": "input_file", "position": 0, "file_id": source}
        await connection.execute(insert(JobInputFileRow).values(**read))
    return job


async def _execution(make: Factory, kind: JobTypeDetails, job: int, node: int) -> int:
    columns = {"node_id": node, "timeout": 1800, "resources": SCHEDULED, "task_results": TASKS, "input_file_size": 1.0}
    arguments = "${input_file} ${job_output_dir}"
    execution = await rows.execution_row(make, job, kind, command_arguments=arguments, **columns)
    line = {"execution_id": execution, "order_num": 1, "time": at(70), "stream": "stdout", "task": execution}
    async with make.db.engine.begin() as connection:
        await connection.execute(insert(LogLineRow).values(message="Execution completed.", **line))
    return execution


async def _file(make: Factory, workspace: str, **columns: Any) -> int:
    place = {
        "name": workspace,
        "base_url": "http://host.com/files/",
        "configuration": {"broker": {"type": "host", "host_path": "/"}},
    }
    where = await make.row(WorkspaceRow, **place)
    names = {"file_name": "file.kml", "file_path": "path/file 1.kml", "media_type": "application/vnd.google-earth.kml+xml"}
    uuid = "c8928d9183fc99122948e7840ec9a0fd"
    return await make.row(FileRow, workspace_id=where, file_size=1234, uuid=uuid, **names, **columns)


async def _recipe(make: Factory, job: int, event: int) -> None:
    named = {"name": "Recipe", "version": "1.0.0", "title": "Recipe", "description": "Recipe description"}
    kind = await make.row(RecipeTypeRow, **named)
    revision = await make.row(RecipeTypeRevisionRow, recipe_type_id=kind, revision_num=1)
    columns = {"recipe_type_id": kind, "recipe_type_rev_id": revision, "event_id": event, "is_completed": True}
    recipe = await make.row(RecipeRow, completed=at(9), **columns)
    await make.row(RecipeNodeRow, recipe_id=recipe, node_name="kml", job_id=job)
