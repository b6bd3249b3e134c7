"""Jobs and executions as JSON objects, keys in the documented sequence (docs/spec/behaviour/keys-v6.md)."""

from typing import Any

from jobsvc.api.v6 import response_shapes
from jobsvc.domain.records import (
    BatchRef,
    ErrorRef,
    EventRef,
    ExecutionColumns,
    ExecutionDetails,
    ExecutionItem,
    JobDetails,
    JobItem,
    JobShort,
    JobTypeRef,
    NodeRef,
    RecipeRef,
)
from jobsvc.domain.resources import allocated_resources, required_resources
from jobsvc.domain.seed import read_manifest
from jobsvc.domain.v3.data import shown_output, stored_output
from jobsvc.services.configurations import shown_configuration

Json = dict[str, Any]


def job_type(ref: JobTypeRef) -> Json:
    """A job type as other resources show it."""
    return response_shapes.JOB_TYPE.of(ref)


def error(ref: ErrorRef | None) -> Json | None:
    """Why something failed."""
    return response_shapes.ERROR.optional(ref)


def batch(ref: BatchRef | None) -> Json | None:
    """The batch that something belongs to."""
    return response_shapes.BATCH.optional(ref)


def node(ref: NodeRef | None) -> Json | None:
    """The host that ran something."""
    return response_shapes.NODE.optional(ref)


def id_of(value: int | None) -> Json | None:
    """Only the id of something."""
    return {"id": value} if value is not None else None


def event(ref: EventRef | None) -> Json | None:
    """What caused something."""
    return response_shapes.EVENT.optional(ref)


def recipe(ref: RecipeRef | None) -> Json | None:
    """A recipe as other resources show it."""
    return response_shapes.RECIPE.optional(ref)


def job(item: JobItem) -> Json:
    """A job as the list shows it."""
    return response_shapes.JOB.of(item)


def job_details(details: JobDetails) -> Json:
    """A job with all that belongs to it."""
    manifest = read_manifest(details.manifest)
    size = details.item.job.input_file_size or 0.0
    kind = {
        **job_type(details.item.job_type),
        "num_versions": details.num_versions,
        "latest_version": details.latest_version,
    }
    revision = details.revision
    return job(details.item) | {
        "job_type_rev": {
            "id": revision.id,
            "job_type": kind,
            "revision_num": revision.revision_num,
            "docker_image": revision.docker_image,
            "created": revision.created,
            "manifest": revision.manifest,
        },
        "superseded_job": _short(details.superseded_job),
        "superseded_by_job": _short(details.superseded_by_job),
        "resources": {"resources": required_resources(manifest, size)},
        "execution": execution_details(details.execution) if details.execution is not None else None,
        "input": data(details.input),
        "output": data(stored_output(details.output)),
        "configuration": shown_configuration(details.configuration, details.type_configuration, details.manifest),
    }


def execution(item: ExecutionItem) -> Json:
    """An execution as the list shows it."""
    row: ExecutionColumns = item.execution
    return {
        "id": row.id,
        "status": row.status,
        "exe_num": row.exe_num,
        "cluster_id": row.cluster_id,
        "created": row.created,
        "queued": row.queued,
        "started": row.started,
        "ended": row.ended,
        "job": {"id": row.job_id},
        "node": node(item.node),
        "error": error(item.error),
        "job_type": job_type(item.job_type),
        "timeout": row.timeout,
        "input_file_size": row.input_file_size,
        "last_modified": row.last_modified,
    }


def execution_details(details: ExecutionDetails) -> Json:
    """An execution with its documents."""
    return execution(details.item) | {
        "task_results": details.task_results,
        "resources": {"resources": allocated_resources(details.resources)},
        "configuration": details.configuration,
        "output": shown_output(details.output, read_manifest(details.manifest)),
    }


def _short(short: JobShort | None) -> Json | None:
    return {"id": short.id, "job_type": job_type(short.job_type), "status": short.status} if short is not None else None


def data(document: Json | None) -> Json:
    """Data by name: ids of files, and JSON values."""
    provided = document or {}
    return {"files": provided.get("files", {}), "json": provided.get("json", {})}
