"""Files and the values of inputs and outputs as JSON objects (docs/spec/behaviour/keys-v3.md#objects)."""

from collections.abc import Callable
from typing import Any

from fastapi import Request

from jobsvc.api.urls import base_url, file_url
from jobsvc.domain.v3.records import V3File, V3Value

Json = dict[str, Any]
BEFORE_URL = ("file_name", "media_type", "file_size", "data_type", "is_deleted", "uuid")
AFTER_URL = ("created", "deleted", "data_started", "data_ended", "geometry", "center_point", "meta_data", "countries")
OF_PRODUCT = ("is_operational", "is_published", "has_been_published", "published", "unpublished")


def file(request: Request, item: V3File) -> Json:
    """A file that a job reads."""
    # The contents of files are no service of this generation.
    content_url = f"{base_url(request)}/v6/files/{item.id}/content/"
    return {
        "id": item.id,
        "workspace": {"id": item.workspace_id, "name": item.workspace_name},
        **_columns(item, BEFORE_URL),
        "url": file_url(item.base_url, item.file_path, content_url),
        **_columns(item, AFTER_URL),
        "last_modified": item.last_modified,
    }


def product(request: Request, item: V3File) -> Json:
    """A file that a job made."""
    return {
        **file(request, item),
        **_columns(item, OF_PRODUCT),
        "job_type": _id(item.job_type_id),
        "job": _id(item.job_id),
        "job_exe": _id(item.job_exe_id),
    }


def input_value(request: Request, item: V3Value) -> Json:
    """An input of the interface with what the job was given for it."""
    return {"name": item.name, "type": item.type, "value": _value(item, lambda item: file(request, item))}


def output_value(request: Request, item: V3Value) -> Json:
    """An output of the interface with what the job made of it."""
    return {"name": item.name, "type": item.type, "value": _value(item, lambda item: product(request, item))}


def _value(item: V3Value, render: Callable[[V3File], Json]) -> Any:
    if isinstance(item.value, V3File):
        return render(item.value)
    if item.type == "files" and isinstance(item.value, list):
        return [render(entry) for entry in item.value if isinstance(entry, V3File)]
    return item.value


def _columns(item: V3File, names: tuple[str, ...]) -> Json:
    return {name: getattr(item, name) for name in names}


def _id(value: int | None) -> Json | None:
    return {"id": value} if value is not None else None
