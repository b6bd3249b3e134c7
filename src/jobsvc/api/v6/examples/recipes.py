"""Examples of recipes, their types, and batches."""

from typing import Any

from jobsvc.api.v6.examples.common import (
    BATCH,
    CREATED,
    ENDED,
    EVENT,
    JOB_COUNTS,
    JOB_TYPE,
    MODIFIED,
    RECIPE_TYPE,
    SOURCE,
    page,
)
from jobsvc.api.v6.examples.job_types import TYPE_DETAILS

Json = dict[str, Any]

REVISION_SHORT: Json = {"id": 1, "recipe_type": {"id": 208}, "revision_num": 1}
DEFINITION: Json = {
    "input": {"files": [{"name": "input_a", "required": True}], "json": []},
    "nodes": {
        "ingest": {
            "dependencies": [],
            "input": {"input_a": {"type": "recipe", "input": "input_a"}},
            "node_type": {
                "node_type": "job",
                "job_type_name": "scale-ingest",
                "job_type_version": "1.0.0",
                "job_type_revision": 1,
            },
        }
    },
}
EVENT_DETAILS: Json = {**EVENT, "description": {"file_name": "my-file.file"}}
SUB_RECIPES: Json = {"sub_recipes_total": 1, "sub_recipes_completed": 0}
SHARED: Json = {
    "id": 1,
    "recipe_type": RECIPE_TYPE,
    "ingest_event": None,
    "recipe": None,
    "batch": BATCH,
    "is_superseded": False,
    "input_file_size": 64.0,
    **SOURCE,
    **JOB_COUNTS,
    **SUB_RECIPES,
    "is_completed": False,
    "created": CREATED,
    "completed": None,
    "superseded": None,
    "last_modified": MODIFIED,
}
ITEM: Json = {**SHARED, "recipe_type_rev": REVISION_SHORT, "event": EVENT, "superseded_recipe": None}
JOB_NODE: Json = {
    "node_type": "job",
    "job_type_name": "scale-ingest",
    "job_type_version": "1.0.0",
    "job_type_revision": 1,
    "job_id": 3,
    "status": "COMPLETED",
}
RECIPE_NODE: Json = {
    "node_type": "recipe",
    "recipe_type_name": "my-recipe-type",
    "recipe_type_revision": 1,
    "recipe_id": 2,
    "is_completed": False,
    **JOB_COUNTS,
    **SUB_RECIPES,
}
GRAPH: Json = {
    "nodes": {
        "ingest": {"dependencies": [], "node_type": JOB_NODE},
        "analysis": {"dependencies": [{"name": "ingest"}], "node_type": RECIPE_NODE},
    }
}
DETAILS: Json = {
    **SHARED,
    "recipe_type_rev": {**REVISION_SHORT, "created": CREATED, "definition": DEFINITION},
    "event": EVENT_DETAILS,
    "superseded_recipe": None,
    "superseded_by_recipe": None,
    "input": {"files": {"input_a": [1234]}, "json": {}},
    "configuration": {},
    "details": GRAPH,
    "job_types": [JOB_TYPE],
    "sub_recipe_types": [RECIPE_TYPE],
}
TYPE: Json = {
    **RECIPE_TYPE,
    "is_active": True,
    "is_system": False,
    "created": CREATED,
    "deprecated": None,
    "last_modified": MODIFIED,
}
REVISION: Json = {"id": 1, "recipe_type": RECIPE_TYPE, "revision_num": 1, "created": CREATED}
BATCH_SHARED: Json = {
    **BATCH,
    **JOB_COUNTS,
    "recipe_type": RECIPE_TYPE,
    "is_superseded": False,
    "root_batch": BATCH,
    "superseded_batch": None,
    "is_creation_done": True,
    "recipes_estimated": 2,
    "recipes_total": 2,
    "recipes_completed": 1,
    "superseded": None,
    "last_modified": ENDED,
}
METRICS: Json = {
    **JOB_COUNTS,
    "min_seed_duration": "PT9M2S",
    "avg_seed_duration": "PT10M12S",
    "max_seed_duration": "PT16M8S",
    "min_job_duration": "PT9M9S",
    "avg_job_duration": "PT10M27S",
    "max_job_duration": "PT16M21S",
}
BATCH_ITEM: Json = {**BATCH_SHARED, "recipe_type_rev": REVISION_SHORT, "event": EVENT}
BATCH_DETAILS: Json = {
    **BATCH_SHARED,
    "recipe_type_rev": {**REVISION_SHORT, "created": CREATED, "definition": DEFINITION},
    "event": EVENT_DETAILS,
    "definition": {"previous_batch": {"root_batch_id": 1, "forced_nodes": {"all": True}}},
    "configuration": {"priority": 100},
    "job_metrics": {"ingest": METRICS},
}

EXAMPLES: dict[str, Json] = {
    "list_recipes": {"200": page(ITEM)},
    "get_recipe": {"200": DETAILS},
    "list_recipe_types": {"200": page(TYPE)},
    "get_recipe_type": {"200": {**TYPE, "definition": DEFINITION, "job_types": [TYPE_DETAILS], "sub_recipe_types": []}},
    "list_recipe_type_revisions": {"200": page(REVISION)},
    "get_recipe_type_revision": {"200": {**REVISION, "definition": DEFINITION}},
    "list_batches": {"200": page(BATCH_ITEM)},
    "get_batch": {"200": BATCH_DETAILS},
}
