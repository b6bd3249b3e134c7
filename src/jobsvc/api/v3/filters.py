"""Which criteria v3 has, and how it spells those that do not go by the rule (docs/spec/behaviour/v3-jobs.md)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

from fastapi import Depends, Query

from jobsvc.api.criteria import body_names, filter_from_query, query_names
from jobsvc.api.fields import Bool
from jobsvc.domain.filters import ExecutionFilter, FileFilter, JobFilter, V3JobTypeFilter

NOT_HERE = frozenset(
    {"recipe_ids", "is_superseded", "labels", *(name for name in JobFilter.model_fields if name.startswith("source_"))}
)
"""What only the newer generation has; `include_superseded` is another question."""
ONLY_LISTED = frozenset({"batch_ids"})
NOT_LISTED = frozenset({"error_ids"})
"""What later releases ask of jobs to cancel and to requeue."""
UPDATES = query_names(JobFilter, without=NOT_HERE | NOT_LISTED | ONLY_LISTED | {"job_ids", "error_categories"})
JOBS = UPDATES | query_names(JobFilter, without=NOT_HERE | NOT_LISTED | ONLY_LISTED) | query_names(JobFilter, only=ONLY_LISTED)
BULK = body_names(JobFilter, without=NOT_HERE | ONLY_LISTED, spelled={"statuses": "status"})
REQUEUE = {name: field for name, field in BULK.items() if field not in NOT_LISTED}
JOB_TYPES = query_names(V3JobTypeFilter)
INPUT_FILES = query_names(FileFilter, only={"started", "ended", "time_field", "file_names", "job_input"})
OF_ONE_JOB = frozenset({"started", "ended", "job_ids", "job_type_ids", "job_type_names", "job_type_categories"})
"""What the executions of a job are not asked for: they have their job in common."""
EXECUTIONS = query_names(ExecutionFilter, without={"job_ids", "error_ids", "error_categories"})
EXECUTIONS_OF_JOB = query_names(ExecutionFilter, without=OF_ONE_JOB)
SUPERSEDING = {
    f"{name}{ending}": name
    for name in ("superseded_job", "root_superseded_job", "superseded_by_job")
    for ending in ("_id", "__id")
}
ORDER_ALIASES = {
    "name": "job_type__name",
    "version": "job_type__version",
    "pk": "id",
    "job_type": "job_type__name",
    "job_type_id": "job_type__id",
    "job_type_rev": "job_type_rev__revision_num",
    **dict.fromkeys(("event", "event_id", "event__id"), "cause__id"),
    "event__type": "cause__type",
    "event__occurred": "cause__occurred",
    "event__rule": "event__rule__id",
    "event__rule_id": "event__rule__id",
    "error": "error__id",
    "error_id": "error__id",
    "batch": "batch__id",
    "batch_id": "batch__id",
    "node": "node__id",
    "node_id": "node__id",
    "job_type__archived": "job_type__deprecated",
    "job_type_rev_id": "job_type_rev__id",
    "job_type_rev__job_type": "job_type__id",
    "job_type_rev__job_type__id": "job_type__id",
    "node__archived": "node__deprecated",
    **SUPERSEDING,
}
"""Further spellings: the documents' own example, related models by name for their id, and columns by their older names.

`event` is the ingest event of a job that has no other, as it is shown.
"""
EXECUTION_ORDER_ALIASES = {
    "pk": "id",
    "job": "job__id",
    "job_id": "job__id",
    "job_type": "job_type__name",
    "job_type_id": "job_type__id",
    "job__job_type": "job__job_type__name",
    "job__job_type_id": "job__job_type__id",
    "job__job_type_rev": "job__job_type_rev__id",
    "job__job_type_rev_id": "job__job_type_rev__id",
    "job__event": "job__event__id",
    "job__event_id": "job__event__id",
    "job__error": "job__error__id",
    "job__error_id": "job__error__id",
    "node__archived": "node__deprecated",
    "node": "node__id",
    "node_id": "node__id",
    "error": "error__id",
    "error_id": "error__id",
}

ONLY_CURRENT = {"is_superseded": False}
Superseded = Annotated[
    Bool | None, Query(description="Whether jobs that have been superseded are listed as well. Defaults to all jobs.")
]


def _jobs(names: Mapping[str, str]) -> Callable[..., Awaitable[JobFilter]]:
    """A dependency that reads the filter, where `include_superseded` says the contrary of `is_superseded`."""
    read = Depends(filter_from_query(JobFilter, names))

    async def filter_(criteria: Annotated[JobFilter, read], include_superseded: Superseded = None) -> JobFilter:
        return criteria.model_copy(update=ONLY_CURRENT) if include_superseded is False else criteria

    return filter_


JobList = Annotated[JobFilter, Depends(_jobs(JOBS))]
UpdateList = Annotated[JobFilter, Depends(_jobs(UPDATES))]
ExecutionList = Annotated[ExecutionFilter, Depends(filter_from_query(ExecutionFilter, EXECUTIONS))]
