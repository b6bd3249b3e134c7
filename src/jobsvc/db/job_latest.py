"""Orders by what the latest attempt of a job was given: its priority, its timeout.

That stands in the queue while a job waits and in its latest execution otherwise, and is computed for a job that has neither. A
column of `job` would be written to each of them once more, into all of its indexes; so each of these is read where it stands, and
merged (docs/adr/0036-orders-by-executions.md).
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, exists, or_, select, true, union

from jobsvc.db import queue_rules
from jobsvc.db.clauses import JOB_CLAUSES, where
from jobsvc.db.order_parts import directed, merged, part
from jobsvc.db.paging import Window
from jobsvc.db.statement_cache import REMEMBERED
from jobsvc.db.tables import BatchRow, ExecutionRow, JobRow, JobTypeRow, QueueRow, UnrecordedExecutionRow
from jobsvc.db.v3.columns import LATEST
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.job_sorting import JobOrderField as Field
from jobsvc.domain.sorting import SortKey

_PLACES: Mapping[Field, tuple[Any, Any]] = {
    Field.PRIORITY: (QueueRow.priority, ExecutionRow.priority),
    Field.TIMEOUT: (QueueRow.timeout, ExecutionRow.timeout),
}
"""The columns of the queue and of executions in which a field stands."""
_RULES: Mapping[Field, ColumnElement[Any]] = {Field.PRIORITY: queue_rules.PRIORITY, Field.TIMEOUT: queue_rules.TIMEOUT}
_NEVER_QUEUED = JobRow.num_exes == 0


def is_by_latest(order: Sequence[SortKey[Field]]) -> bool:
    """Whether it is such an order."""
    return len(order) == 1 and order[0].field in _PLACES


@lru_cache(REMEMBERED)
def by_latest(criteria: JobFilter, key: SortKey[Field], window: Window) -> Select[Any]:
    """The ids of some jobs in such an order; each job is in one of the parts."""
    matching = where(JOB_CLAUSES, criteria)
    is_descending = key.descending != window.is_reversed
    parts = [
        _waiting(key.field, matching),
        _begun(key.field, matching),
        *_never_queued(key.field, matching, depth=window.depth, is_descending=is_descending),
        _computed(key.field, matching),
    ]
    return merged(parts, window, [is_descending])


def _waiting(field: Field, matching: list[ColumnElement[bool]]) -> Select[Any]:
    queued, _ = _PLACES[field]
    return part([queued], JobRow.id).join(QueueRow, QueueRow.job_id == JobRow.id).where(queued.is_not(None), *matching)


def _begun(field: Field, matching: list[ColumnElement[bool]]) -> Select[Any]:
    """Along the index of executions: all but few are the latest of their jobs."""
    queued, assigned = _PLACES[field]
    waits = exists().where(QueueRow.job_id == ExecutionRow.job_id, queued.is_not(None))
    return part([assigned], JobRow.id).join(ExecutionRow, LATEST).where(assigned.is_not(None), ~waits, *matching)


def _never_queued(field: Field, matching: list[ColumnElement[bool]], *, depth: int, is_descending: bool) -> Sequence[Select[Any]]:
    """Jobs without an attempt: the first of each type, but for those whose batch, or who themselves, say another priority."""
    if matching:
        return [_few(field, matching)]
    if field is Field.TIMEOUT:
        return [_first(queue_rules.TIMEOUT, JobTypeRow, JobRow.job_type_id, [], depth=depth, is_descending=is_descending)]
    says_so, own = queue_rules.BATCH_PRIORITY.is_not(None), queue_rules.OWN_PRIORITY
    others = or_(JobRow.batch_id.is_(None), JobRow.batch_id.not_in(select(BatchRow.id).where(says_so)))
    own_ones = [_NEVER_QUEUED, queue_rules.OWN_PRIORITY_TEXT.is_not(None), others]
    of_type = [queue_rules.OWN_PRIORITY_TEXT.is_(None), others]
    return [
        _first(queue_rules.BATCH_PRIORITY, BatchRow, JobRow.batch_id, [], depth=depth, is_descending=is_descending),
        part([queue_rules.PLAIN_PRIORITY], JobRow.id).where(*own_ones, queue_rules.PLAIN_PRIORITY.is_not(None)),
        part([own], JobRow.id).where(*own_ones, queue_rules.PLAIN_PRIORITY.is_(None)),
        _first(queue_rules.TYPE_PRIORITY, JobTypeRow, JobRow.job_type_id, of_type, depth=depth, is_descending=is_descending),
    ]


def _first(
    value: ColumnElement[Any], table: Any, link: Any, others: Sequence[ColumnElement[bool]], *, depth: int, is_descending: bool
) -> Select[Any]:
    """The first jobs of each row of a small table, of which the first ones are looked at until there are enough."""
    of_value = select(table.id, value.label("value"))
    if table is BatchRow:
        of_value = of_value.where(value.is_not(None))
    one = of_value.order_by(*directed([value], is_descending=is_descending)).subquery()
    rows = select(JobRow.id).where(link == one.c.id, _NEVER_QUEUED, *others).correlate(one)
    first = rows.order_by(*directed([JobRow.id], is_descending=is_descending)).limit(depth).lateral()
    return part([one.c.value], first.c.id).select_from(one).join(first, true())


def _few(field: Field, matching: list[ColumnElement[bool]]) -> Select[Any]:
    """All that match, sorted at once: else PostgreSQL would look for those of a filter type by type."""
    never = select(JobRow.id).where(_NEVER_QUEUED).cte("never").prefix_with("MATERIALIZED", dialect="postgresql")
    return _by_rule(field, never).where(*matching)


def _by_rule(field: Field, ids: FromClause) -> Select[Any]:
    query = part([_RULES[field]], JobRow.id).join(ids, ids.c[0] == JobRow.id)
    return query.join(JobTypeRow, JobTypeRow.id == JobRow.job_type_id).outerjoin(BatchRow, BatchRow.id == JobRow.batch_id)


def _computed(field: Field, matching: list[ColumnElement[bool]]) -> Select[Any]:
    """Jobs of whose attempt it is not known, as it is of few."""
    queued, assigned = _PLACES[field]
    unknown = [select(UnrecordedExecutionRow.job_id), select(ExecutionRow.job_id).where(assigned.is_(None))]
    if queued.nullable:
        unknown.append(select(QueueRow.job_id).where(queued.is_(None)))
    looked_at = union(*unknown).subquery("looked_at")
    waits = exists().where(QueueRow.job_id == JobRow.id, queued.is_not(None))
    has_begun = exists().where(LATEST, assigned.is_not(None))
    return _by_rule(field, looked_at).where(~_NEVER_QUEUED, ~waits, ~has_begun, *matching)
