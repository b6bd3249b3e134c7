"""How v3 spells the criteria (docs/spec/behaviour/v3-jobs.md)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

from fastapi import Depends, Query

from jobsvc.api.wire import Bool, filter_from_query
from jobsvc.domain.filters import ExecutionFilter, JobFilter

UPDATES = {
    "started": "started",
    "ended": "ended",
    "status": "statuses",
    "job_type_id": "job_type_ids",
    "job_type_name": "job_type_names",
    "job_type_category": "job_type_categories",
}
JOBS = UPDATES | {"job_id": "job_ids", "error_category": "error_categories", "batch_id": "batch_ids"}
REQUEUE = {
    "started": "started",
    "ended": "ended",
    "status": "statuses",
    "job_ids": "job_ids",
    "job_type_ids": "job_type_ids",
    "job_type_names": "job_type_names",
    "job_type_categories": "job_type_categories",
    "error_categories": "error_categories",
}
BULK = REQUEUE | {"error_ids": "error_ids"}
JOB_TYPES = {
    "started": "started",
    "ended": "ended",
    "name": "names",
    "category": "categories",
    "is_active": "is_active",
    "is_operational": "is_operational",
}
INPUT_FILES = {
    "started": "started",
    "ended": "ended",
    "time_field": "time_field",
    "file_name": "file_names",
    "job_input": "job_input",
}
EXECUTIONS_OF_JOB = {
    "status": "statuses",
    "node_id": "node_ids",
    "error_id": "error_ids",
    "error_category": "error_categories",
}
EXECUTIONS = UPDATES | {"node_id": "node_ids"}
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
