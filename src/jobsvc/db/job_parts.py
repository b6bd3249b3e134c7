"""Orders by what jobs point to, or may not have: the jobs that have it and those that have not, each read along an index."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, literal

from jobsvc.db.clauses import JOB_CLAUSES, where
from jobsvc.db.job_sorting import JOB_ORDER, reference_of
from jobsvc.db.order_parts import first_of_each, merged, part
from jobsvc.db.paging import Window
from jobsvc.db.sorting import sortable
from jobsvc.db.tables import EventRow, IngestEventRow, JobRow, JobTypeRevisionRow
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.job_sorting import JobOrderField as Field
from jobsvc.domain.sorting import SortKey

PARTLY_INDEXED = {
    Field.BATCH_ID,
    Field.DURATION,
    Field.ERROR_ID,
    Field.NODE_ID,
    Field.RECIPE_ID,
    Field.ROOT_SUPERSEDED_JOB,
    Field.SOURCE_ENDED,
    Field.SOURCE_STARTED,
    Field.SUPERSEDED,
    Field.SUPERSEDED_JOB,
}
"""Fields whose index has the jobs that have a value, or which come last both ways when they have none."""
ALWAYS = {JobRow.job_type_id, JobRow.job_type_rev_id}
"""What every job has."""
OCCURRED = {Field.EVENT_OCCURRED: (EventRow,), Field.CAUSE_OCCURRED: (EventRow, IngestEventRow)}
"""Fields that say when something happened, and the tables of what did: of two, the first that a job has."""
_LINKS = {EventRow: JobRow.event_id, IngestEventRow: JobRow.ingest_event_id}


def in_parts(criteria: JobFilter, order: Sequence[SortKey[Field]], window: Window) -> Select[Any] | None:
    """The ids of some jobs in an order of this kind; None for other orders."""
    matching = where(JOB_CLAUSES, criteria)
    directions = [key.descending != window.is_reversed for key in order]
    if (parts := _of_one_table(order, matching, window, is_descending=directions[-1])) is not None:
        return merged(parts, window, directions)
    if len(order) > 1:
        return None
    field = order[0].field
    if field in OCCURRED:
        return merged(_by_event(OCCURRED[field], matching), window, directions)
    # What has not started comes first where the latest start does, and may be of all statuses but those of the filter.
    if field in PARTLY_INDEXED or (field is Field.STARTED and criteria.statuses is not None):
        parts = [_having(JOB_ORDER[field], matching), _gap(JOB_ORDER[field], matching)]
        are_gaps_last = not window.is_reversed if field is Field.DURATION else None
        return merged(parts, window, directions, are_gaps_last=are_gaps_last)
    return None


def _of_one_table(
    order: Sequence[SortKey[Field]], matching: list[ColumnElement[bool]], window: Window, *, is_descending: bool
) -> list[Select[Any]] | None:
    """For an order by columns of one small table that jobs point to: the first jobs of each row, and those that have none."""
    references = {reference_of(key.field) for key in order}
    if len(references) > 1 or (reference := references.pop()) is None:
        return None
    table, link = reference
    # The index of the jobs of a type serves its few revisions, too.
    of_type = [JobRow.job_type_id == table.job_type_id] if table is JobTypeRevisionRow else []
    columns = [JOB_ORDER[key.field] for key in order]
    of_row = [link == table.id, *of_type, *matching]
    values = [sortable(column) for column in columns]
    having = first_of_each(values, table, JobRow.id, of_row, depth=window.depth, is_descending=is_descending)
    return [having] if link in ALWAYS else [having, _gaps(columns, [*matching, link.is_(None)])]


def _by_event(tables: Sequence[Any], matching: list[ColumnElement[bool]]) -> list[Select[Any]]:
    parts: list[Select[Any]] = []
    others: list[ColumnElement[bool]] = []
    for table in tables:
        link = _LINKS[table]
        parts.append(part([table.occurred], JobRow.id).join(JobRow, link == table.id).where(*matching, *others))
        others.append(link.is_(None))
    return [*parts, _gaps([EventRow.occurred], [*matching, *others])]


def _having(column: Any, matching: list[ColumnElement[bool]]) -> Select[Any]:
    return part([column], JobRow.id).where(*matching, column.is_not(None))


def _gap(column: Any, matching: list[ColumnElement[bool]]) -> Select[Any]:
    return _gaps([column], [*matching, column.is_(None)])


def _gaps(columns: Sequence[Any], conditions: list[ColumnElement[bool]]) -> Select[Any]:
    return part([literal(None, column.type) for column in columns], JobRow.id).where(*conditions)
