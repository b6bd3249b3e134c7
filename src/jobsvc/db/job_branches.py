"""Filters of several values as several of one: an index gives the jobs of one value by their last change, of several not."""

from itertools import product

from jobsvc.db.counting.jobs import SOURCES
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.status import JobStatus

LEADING = ("statuses", "error_ids", "recipe_ids", *SOURCES)
"""Criteria of which an index gives the jobs by their last change, in the sequence of preference."""
BY_STATUS = ("batch_ids", "job_type_ids")
"""Those of which the index goes on with the status; they come first."""
INDEXED = frozenset(
    {
        frozenset(),
        *(frozenset({name}) for name in (*LEADING, "is_superseded", "job_ids", "job_type_ids")),
        frozenset({"job_type_ids", "statuses"}),
    }
)
"""Filters for which such an index says it all."""
MAX_BRANCHES = 64
"""How many values of a filter are read side by side."""


def branches(criteria: JobFilter) -> list[JobFilter]:
    """A filter as several of one value each, of the criterion that an index begins with."""
    name = next((name for name in (*BY_STATUS, *LEADING) if getattr(criteria, name) is not None), None)
    if name is None:
        return [criteria]
    changes = [{name: frozenset({value})} for value in sorted(getattr(criteria, name))]
    if name in BY_STATUS:
        statuses = criteria.statuses if criteria.statuses is not None else frozenset(JobStatus)
        changes = [change | {"statuses": frozenset({status})} for change, status in product(changes, sorted(statuses))]
    if not 1 < len(changes) <= MAX_BRANCHES:
        return [criteria]
    return [criteria.model_copy(update=change) for change in changes]
