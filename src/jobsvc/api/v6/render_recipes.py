"""Batches and recipes as JSON objects, as far as the service holds what the documented system shows."""

from datetime import timedelta
from typing import Any

from jobsvc.api.v6.render_jobs import batch as batch_base
from jobsvc.api.v6.render_jobs import data, event, id_of, job_type
from jobsvc.api.v6.render_jobs import recipe as recipe_base
from jobsvc.domain.iso8601 import write_duration
from jobsvc.domain.provenance_records import (
    BatchDetails,
    BatchItem,
    NodeMetrics,
    RecipeDetails,
    RecipeItem,
    RecipeNode,
    RecipeTypeRevisionItem,
)
from jobsvc.domain.recipes import dependencies_of
from jobsvc.domain.records import RecipeTypeRef, RevisionRef

Json = dict[str, Any]
DURATIONS = tuple(name for name in NodeMetrics._fields if name.endswith("_duration"))


def batch(item: BatchItem) -> Json:
    """A batch as the list shows it."""
    return {
        **item.batch._asdict(),
        **item.jobs._asdict(),
        "recipe_type": item.recipe_type._asdict() if item.recipe_type is not None else None,
        "recipe_type_rev": _revision(item.recipe_type, item.revision),
        "event": event(item.event),
        "root_batch": batch_base(item.root_batch),
        "superseded_batch": batch_base(item.superseded_batch),
    }


def batch_details(details: BatchDetails) -> Json:
    """A single batch."""
    short = batch(details.item)
    return short | {
        "recipe_type_rev": _with_definition(short["recipe_type_rev"], details.revision),
        "event": _with_description(short["event"], details.event_description),
        "definition": details.definition,
        "configuration": details.configuration,
        "job_metrics": {metric.node_name: _metrics(metric) for metric in details.metrics},
    }


def recipe(item: RecipeItem) -> Json:
    """A recipe as the list shows it."""
    return {
        **item.columns._asdict(),
        **item.jobs._asdict(),
        **item.sub_recipes._asdict(),
        "recipe_type": item.recipe_type._asdict(),
        "recipe_type_rev": _revision(item.recipe_type, item.revision),
        "event": event(item.event),
        "ingest_event": event(item.ingest_event),
        "recipe": recipe_base(item.recipe),
        "batch": batch_base(item.batch),
        "superseded_recipe": id_of(item.superseded_recipe.id if item.superseded_recipe is not None else None),
    }


def recipe_details(details: RecipeDetails) -> Json:
    """A single recipe."""
    item = details.item
    short = recipe(item)
    definition = details.revision.definition
    job_types = {node.job.job_type for node in details.nodes if node.job is not None}
    recipe_types = {node.sub_recipe.recipe_type for node in details.nodes if node.sub_recipe is not None}
    return short | {
        "recipe_type_rev": _with_definition(short["recipe_type_rev"], details.revision),
        "event": _with_description(short["event"], details.event_description),
        "superseded_recipe": recipe_base(item.superseded_recipe),
        "superseded_by_recipe": recipe_base(details.superseded_by_recipe),
        "input": data(details.input),
        "configuration": details.configuration or {},
        "details": {"nodes": {entry.name: _node(entry, definition) for entry in details.nodes}},
        "job_types": [job_type(entry) for entry in sorted(job_types, key=lambda item: item.id)],
        "sub_recipe_types": [recipe_type._asdict() for recipe_type in sorted(recipe_types, key=lambda item: item.id)],
    }


def _node(node: RecipeNode, definition: Json) -> Json:
    return {"dependencies": dependencies_of(definition, node.name), "node_type": _job_node(node) or _recipe_node(node)}


def _job_node(node: RecipeNode) -> Json | None:
    if node.job is None:
        return None
    return {
        "node_type": "job",
        "job_type_name": node.job.job_type.name,
        "job_type_version": node.job.job_type.version,
        "job_type_revision": node.job_type_revision,
        "job_id": node.job.id,
        "status": node.job.status,
    }


def _recipe_node(node: RecipeNode) -> Json | None:
    if node.sub_recipe is None:
        return None
    return {
        "node_type": "recipe",
        "recipe_type_name": node.sub_recipe.recipe_type.name,
        "recipe_type_revision": node.sub_recipe.revision.revision_num,
        "recipe_id": node.sub_recipe.columns.id,
        "is_completed": node.sub_recipe.columns.is_completed,
        **node.sub_recipe.jobs._asdict(),
        **node.sub_recipe.sub_recipes._asdict(),
    }


def _revision(kind: RecipeTypeRef | None, revision: RevisionRef | None) -> Json | None:
    if kind is None or revision is None:
        return None
    return {"id": revision.id, "recipe_type": {"id": kind.id}, "revision_num": revision.revision_num}


def _with_definition(short: Json | None, revision: RecipeTypeRevisionItem | None) -> Json | None:
    if short is None or revision is None:
        return None
    return short | {"created": revision.created, "definition": revision.definition}


def _with_description(short: Json | None, description: Json | None) -> Json | None:
    return None if short is None else short | {"description": description or {}}


def _metrics(metrics: NodeMetrics) -> Json:
    return metrics.jobs._asdict() | {name: _duration(getattr(metrics, name)) for name in DURATIONS}


def _duration(duration: timedelta | None) -> str | None:
    """To the second, as the documented system writes it."""
    return None if duration is None else write_duration(timedelta(seconds=round(duration.total_seconds())))
