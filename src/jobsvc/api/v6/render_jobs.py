"""What several resources show of jobs as JSON objects, keys in the documented sequence (docs/spec/behaviour/keys-v6.md)."""

from typing import Any

from jobsvc.api.v6 import response_shapes
from jobsvc.domain.records import BatchRef, EventRef, JobTypeRef, RecipeRef

Json = dict[str, Any]


def job_type(ref: JobTypeRef) -> Json:
    """A job type as other resources show it."""
    return response_shapes.JOB_TYPE.of(ref)


def batch(ref: BatchRef | None) -> Json | None:
    """The batch that something belongs to."""
    return response_shapes.BATCH.optional(ref)


def id_of(value: int | None) -> Json | None:
    """Only the id of something."""
    return {"id": value} if value is not None else None


def event(ref: EventRef | None) -> Json | None:
    """A cause."""
    return response_shapes.EVENT.optional(ref)


def recipe(ref: RecipeRef | None) -> Json | None:
    """A recipe as other resources show it."""
    return response_shapes.RECIPE.optional(ref)


def data(document: Json | None) -> Json:
    """Data by name: file ids and JSON values."""
    provided = document or {}
    return {"files": provided.get("files", {}), "json": provided.get("json", {})}
