"""Which criteria v6 has, and how it spells those that do not go by the rule (docs/spec/services/README.md#v6)."""

from typing import Annotated

from fastapi import Depends

from jobsvc.api.criteria import body_names, filter_from_query, query_names
from jobsvc.domain.filters import (
    AuditFilter,
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

SOURCE = frozenset(name for name in JobFilter.model_fields if name.startswith("source_"))
NOT_HERE = frozenset({"job_type_categories"})
"""What only the older generation has."""
JOB_LIST = query_names(JobFilter, without=NOT_HERE, also={"source_tasks": "source_tasks"})
"""`source_tasks` as well, for a document has it (docs/spec/decisions.md#source-tasks)."""
JOB_BULK = body_names(JobFilter, without=NOT_HERE | SOURCE, spelled={"statuses": "status"})
OF_ONE_JOB = frozenset({"started", "ended", "job_ids", "job_type_ids", "job_type_names"})
"""What the executions of a job are not asked for: they have their job in common."""
EXECUTIONS = query_names(ExecutionFilter, without=NOT_HERE | OF_ONE_JOB)
INPUT_FILES = query_names(FileFilter, only={"started", "ended", "time_field", "file_names", "job_input"})
FILES = query_names(FileFilter, without={"input_of_job", "job_input"}, spelled={"countries": "countries"})
JOB_TYPES = query_names(JobTypeFilter, spelled={"job_type_ids": "id"})
JOB_TYPE_STATUS = query_names(JobTypeFilter, only={"is_active"})
JOB_TYPE_LOAD = query_names(JobTypeFilter, only={"job_type_ids", "names"}, spelled={"names": "job_type_name"})
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

AuditList = Annotated[AuditFilter, Depends(filter_from_query(AuditFilter))]
JobList = Annotated[JobFilter, Depends(filter_from_query(JobFilter, JOB_LIST))]
ExecutionList = Annotated[ExecutionFilter, Depends(filter_from_query(ExecutionFilter, EXECUTIONS, of_path=True))]
InputFileList = Annotated[FileFilter, Depends(filter_from_query(FileFilter, INPUT_FILES, of_path=True))]
FileList = Annotated[FileFilter, Depends(filter_from_query(FileFilter, FILES))]
JobTypeList = Annotated[JobTypeFilter, Depends(filter_from_query(JobTypeFilter, JOB_TYPES))]
JobTypeStatusList = Annotated[JobTypeFilter, Depends(filter_from_query(JobTypeFilter, JOB_TYPE_STATUS))]
JobTypeLoadList = Annotated[JobTypeFilter, Depends(filter_from_query(JobTypeFilter, JOB_TYPE_LOAD))]
Window = Annotated[TimeRange, Depends(filter_from_query(TimeRange))]
ErrorList = Annotated[ErrorFilter, Depends(filter_from_query(ErrorFilter))]
NodeList = Annotated[NodeFilter, Depends(filter_from_query(NodeFilter))]
WorkspaceList = Annotated[WorkspaceFilter, Depends(filter_from_query(WorkspaceFilter))]
BatchList = Annotated[BatchFilter, Depends(filter_from_query(BatchFilter))]
RecipeList = Annotated[RecipeFilter, Depends(filter_from_query(RecipeFilter))]
RecipeTypeList = Annotated[RecipeTypeFilter, Depends(filter_from_query(RecipeTypeFilter))]
