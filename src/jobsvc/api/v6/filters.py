"""How v6 spells the criteria (docs/spec/services/README.md#v6: query parameters, members of bulk requests)."""

from typing import Annotated

from fastapi import Depends

from jobsvc.api.wire import filter_from_query
from jobsvc.domain.filters import (
    BatchFilter,
    ErrorFilter,
    ExecutionFilter,
    FileFilter,
    JobFilter,
    JobTypeFilter,
    NodeFilter,
    RecipeFilter,
    RecipeTypeFilter,
    TimeRange,
    WorkspaceFilter,
)

JOB_LIST = {
    "started": "started",
    "ended": "ended",
    "source_started": "source_started",
    "source_ended": "source_ended",
    "source_sensor_class": "source_sensor_classes",
    "source_sensor": "source_sensors",
    "source_collection": "source_collections",
    "source_task": "source_tasks",
    "source_tasks": "source_tasks",
    "status": "statuses",
    "job_id": "job_ids",
    "job_type_id": "job_type_ids",
    "job_type_name": "job_type_names",
    "batch_id": "batch_ids",
    "recipe_id": "recipe_ids",
    "error_category": "error_categories",
    "error_id": "error_ids",
    "is_superseded": "is_superseded",
}
JOB_BULK = {
    "started": "started",
    "ended": "ended",
    "status": "statuses",
    "job_ids": "job_ids",
    "job_type_ids": "job_type_ids",
    "job_type_names": "job_type_names",
    "batch_ids": "batch_ids",
    "recipe_ids": "recipe_ids",
    "error_categories": "error_categories",
    "error_ids": "error_ids",
    "is_superseded": "is_superseded",
}
EXECUTIONS = {
    "status": "statuses",
    "node_id": "node_ids",
    "error_id": "error_ids",
    "error_category": "error_categories",
}
INPUT_FILES = {
    "started": "started",
    "ended": "ended",
    "time_field": "time_field",
    "file_name": "file_names",
    "job_input": "job_input",
}
FILES = {
    "started": "started",
    "ended": "ended",
    "time_field": "time_field",
    "created_started": "created_started",
    "created_ended": "created_ended",
    "modified_started": "modified_started",
    "modified_ended": "modified_ended",
    "data_started": "data_started",
    "data_ended": "data_ended",
    "source_started": "source_started",
    "source_ended": "source_ended",
    "source_sensor_class": "source_sensor_classes",
    "source_sensor": "source_sensors",
    "source_collection": "source_collections",
    "source_task": "source_tasks",
    "countries": "countries",
    "file_name": "file_names",
    "file_type": "file_types",
    "media_type": "media_types",
    "file_id": "file_ids",
    "job_id": "job_ids",
    "job_type_id": "job_type_ids",
    "job_type_name": "job_type_names",
    "job_output": "job_outputs",
    "recipe_id": "recipe_ids",
    "recipe_type_id": "recipe_type_ids",
    "recipe_node": "recipe_nodes",
    "batch_id": "batch_ids",
    "workspace_id": "workspace_ids",
}
JOB_TYPES = {
    "keyword": "keywords",
    "id": "job_type_ids",
    "name": "names",
    "is_active": "is_active",
    "is_system": "is_system",
}
JOB_TYPE_STATUS = {"is_active": "is_active"}
JOB_TYPE_LOAD = {"job_type_id": "job_type_ids", "job_type_name": "names"}
TIME_RANGE = {"started": "started", "ended": "ended"}
ERRORS = {
    **TIME_RANGE,
    "name": "names",
    "job_type_name": "job_type_names",
    "category": "categories",
    "is_builtin": "is_builtin",
}
WORKSPACES = {**TIME_RANGE, "name": "names"}
NODES = {**TIME_RANGE, "is_active": "is_active"}
BATCHES = {
    **TIME_RANGE,
    "recipe_type_id": "recipe_type_ids",
    "root_batch_id": "root_batch_ids",
    "is_creation_done": "is_creation_done",
    "is_superseded": "is_superseded",
}
RECIPES = {
    **TIME_RANGE,
    "source_started": "source_started",
    "source_ended": "source_ended",
    "source_sensor_class": "source_sensor_classes",
    "source_sensor": "source_sensors",
    "source_collection": "source_collections",
    "source_task": "source_tasks",
    "recipe_id": "recipe_ids",
    "recipe_type_id": "recipe_type_ids",
    "recipe_type_name": "recipe_type_names",
    "batch_id": "batch_ids",
    "root_recipe_id": "root_recipe_ids",
    "is_superseded": "is_superseded",
    "is_completed": "is_completed",
}
RECIPE_TYPES = {"keyword": "keywords", "is_active": "is_active", "is_system": "is_system"}
ORDER_ALIASES = {
    "name": "job_type__name",
    "version": "job_type__version",
    "pk": "id",
    "job_type": "job_type__name",
    "job_type_id": "job_type__id",
    "recipe": "recipe__id",
    "recipe_id": "recipe__id",
    "batch": "batch__id",
    "batch_id": "batch__id",
    "node": "node__id",
    "node_id": "node__id",
    "error": "error__id",
    "error_id": "error__id",
    "event": "event__id",
    "event_id": "event__id",
    "event__rule": "event__rule__id",
    "event__rule_id": "event__rule__id",
    "ingest_event": "ingest_event__id",
    "ingest_event_id": "ingest_event__id",
    "job_type_rev": "job_type_rev__revision_num",
    "job_type_rev_id": "job_type_rev__id",
    "job_type_rev__job_type": "job_type__id",
    "job_type_rev__job_type__id": "job_type__id",
    "recipe__event": "recipe__event__id",
    "recipe__recipe_type": "recipe__recipe_type__id",
    "recipe__recipe_type_rev": "recipe__recipe_type_rev__id",
    **{
        f"{name}{ending}": name
        for name in ("superseded_job", "root_superseded_job", "superseded_by_job")
        for ending in ("_id", "__id")
    },
}
"""Further spellings: the documents' own example, and related models by name for their id."""

BATCH_ORDER_ALIASES = {
    "pk": "id",
    **dict.fromkeys(("recipe_type", "recipe_type__id"), "recipe_type_id"),
    **dict.fromkeys(("event", "event_id"), "event__id"),
}
RECIPE_ORDER_ALIASES = {
    **BATCH_ORDER_ALIASES,
    **dict.fromkeys(("batch", "batch__id"), "batch_id"),
    **dict.fromkeys(("ingest_event", "ingest_event_id"), "ingest_event__id"),
}

JobList = Annotated[JobFilter, Depends(filter_from_query(JobFilter, JOB_LIST))]
ExecutionList = Annotated[ExecutionFilter, Depends(filter_from_query(ExecutionFilter, EXECUTIONS))]
InputFileList = Annotated[FileFilter, Depends(filter_from_query(FileFilter, INPUT_FILES))]
FileList = Annotated[FileFilter, Depends(filter_from_query(FileFilter, FILES))]
JobTypeList = Annotated[JobTypeFilter, Depends(filter_from_query(JobTypeFilter, JOB_TYPES))]
JobTypeStatusList = Annotated[JobTypeFilter, Depends(filter_from_query(JobTypeFilter, JOB_TYPE_STATUS))]
JobTypeLoadList = Annotated[JobTypeFilter, Depends(filter_from_query(JobTypeFilter, JOB_TYPE_LOAD))]
Window = Annotated[TimeRange, Depends(filter_from_query(TimeRange, TIME_RANGE))]
ErrorList = Annotated[ErrorFilter, Depends(filter_from_query(ErrorFilter, ERRORS))]
NodeList = Annotated[NodeFilter, Depends(filter_from_query(NodeFilter, NODES))]
WorkspaceList = Annotated[WorkspaceFilter, Depends(filter_from_query(WorkspaceFilter, WORKSPACES))]
BatchList = Annotated[BatchFilter, Depends(filter_from_query(BatchFilter, BATCHES))]
RecipeList = Annotated[RecipeFilter, Depends(filter_from_query(RecipeFilter, RECIPES))]
RecipeTypeList = Annotated[RecipeTypeFilter, Depends(filter_from_query(RecipeTypeFilter, RECIPE_TYPES))]
