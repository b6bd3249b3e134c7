"""Criteria that name rows of small tables become their ids, so that PostgreSQL sees how many of a large one they select."""

from typing import Any, TypeVar

from sqlalchemy import literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.clauses import any_of
from jobsvc.db.tables import ErrorRow, JobTypeRow
from jobsvc.domain.filters import ExecutionFilter, FileFilter, JobFilter

FilterT = TypeVar("FilterT", JobFilter, ExecutionFilter, FileFilter)
NAMES = {
    "job_type_names": (JobTypeRow.id, JobTypeRow.name, "job_type_ids"),
    "job_type_categories": (JobTypeRow.id, JobTypeRow.category, "job_type_ids"),
    "error_categories": (ErrorRow.id, ErrorRow.category, "error_ids"),
}
"""The criterion, where it is looked up, and the criterion that takes its place."""


async def resolved(connection: AsyncConnection, criteria: FilterT) -> FilterT:
    """The same filter by ids; what is empty then matches nothing."""
    used = {name: value for name in NAMES if (value := getattr(criteria, name, None)) is not None}
    if not used:
        return criteria
    lookups = [select(literal(name), NAMES[name][0]).where(any_of(NAMES[name][1])(value)) for name, value in used.items()]
    ids: dict[str, set[int]] = {name: set() for name in used}
    for name, id_ in await connection.execute(union_all(*lookups)):
        ids[name].add(id_)
    changes: dict[str, Any] = dict.fromkeys(used)
    for name, matching in ids.items():
        target = NAMES[name][2]
        before = changes.get(target) if target in changes else getattr(criteria, target)
        changes[target] = frozenset(matching) if before is None else before & matching
    return criteria.model_copy(update=changes)


def selects_nothing(criteria: JobFilter | ExecutionFilter | FileFilter) -> bool:
    """Whether a criterion has no value that anything could have."""
    return any(isinstance(value, frozenset) and not value for _, value in criteria)
