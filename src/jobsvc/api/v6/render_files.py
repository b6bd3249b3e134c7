"""Files, workspaces and job types as JSON objects (docs/spec/behaviour/keys-v6.md#files and docs/spec/behaviour/siblings.md)."""

from typing import Any

from jobsvc.api.urls import file_url
from jobsvc.api.v6.render_jobs import batch, job_type
from jobsvc.domain.records import (
    FileItem,
    JobTypeDetails,
    JobTypeItem,
    JobTypeRef,
    RevisionDetails,
    WorkspaceItem,
)
from jobsvc.services.configurations import shown_configuration

Json = dict[str, Any]


def file(item: FileItem, content_url: str) -> Json:
    """A file as lists show it; without a base URL of its workspace it is read from the service."""
    row = item.file
    return {
        "id": row.id,
        "file_name": row.file_name,
        "workspace": {"id": item.workspace.id, "name": item.workspace.name},
        "data_type_tags": row.data_type_tags,
        "media_type": row.media_type,
        "file_type": row.file_type,
        "file_size": row.file_size,
        "file_path": row.file_path,
        "is_deleted": row.is_deleted,
        "url": file_url(item.workspace.base_url, row.file_path, content_url),
        "created": row.created,
        "deleted": row.deleted,
        "data_started": row.data_started,
        "data_ended": row.data_ended,
        "source_started": row.source_started,
        "source_ended": row.source_ended,
        "source_sensor_class": row.source_sensor_class,
        "source_sensor": row.source_sensor,
        "source_collection": row.source_collection,
        "source_task": row.source_task,
        "last_modified": row.last_modified,
        "geometry": row.geometry,
        "center_point": row.center_point,
        "countries": row.countries,
        "job_type": job_type(item.job_type) if item.job_type is not None else None,
        "job": _id(row.job_id),
        "job_exe": _id(row.job_exe_id),
        "job_output": row.job_output,
        "recipe_type": item.recipe_type._asdict() if item.recipe_type is not None else None,
        "recipe": _id(row.recipe_id),
        "recipe_node": row.recipe_node,
        "batch": batch(item.batch),
        "is_superseded": row.is_superseded,
        "superseded": row.superseded,
    }


def file_details(item: FileItem, content_url: str) -> Json:
    """A single file."""
    return file(item, content_url) | {"meta_data": item.file.meta_data}


def workspace(item: WorkspaceItem) -> Json:
    """A workspace as its list shows it."""
    return {name: value for name, value in item._asdict().items() if name != "configuration"}


def workspace_details(item: WorkspaceItem) -> Json:
    """A single workspace."""
    return item._asdict()


def job_type_item(item: JobTypeItem) -> Json:
    """A job type as its list shows it."""
    return job_type(item.job_type) | {name: value for name, value in item._asdict().items() if name != "job_type"}


def job_type_details(details: JobTypeDetails) -> Json:
    """A single job type."""
    return job_type_item(details.item) | {
        "manifest": details.manifest,
        "configuration": shown_configuration(None, details.configuration, details.manifest),
        "recipe_types": [recipe_type._asdict() for recipe_type in details.recipe_types],
    }


def revision(of: JobTypeRef, item: RevisionDetails) -> Json:
    """A revision as the list shows it."""
    return {
        "id": item.id,
        "job_type": job_type(of),
        "revision_num": item.revision_num,
        "docker_image": item.docker_image,
        "created": item.created,
    }


def revision_details(of: JobTypeRef, item: RevisionDetails) -> Json:
    """A single revision."""
    return revision(of, item) | {"manifest": item.manifest}


def _id(value: int | None) -> Json | None:
    return {"id": value} if value is not None else None
