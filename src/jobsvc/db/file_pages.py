"""Which files a page shows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select, union_all

from jobsvc.db.clauses import file_criteria, file_ranges, where_file
from jobsvc.db.counting.files import IDS, TEXTS
from jobsvc.db.paging import Window
from jobsvc.db.sorting import columns_of, sort
from jobsvc.db.tables import BatchRow, FileRow, JobTypeRow, RecipeTypeRow, WorkspaceRow
from jobsvc.domain.filters import FileFilter, FileTime
from jobsvc.domain.sorting import FileOrderField, SortKey

HELP = "Ask for a shorter time with `started` and `ended`, or leave out `order`, or order by `created` or `file_name`."
FILE_ORDER = columns_of(
    FileOrderField, FileRow, workspace=WorkspaceRow, job_type=JobTypeRow, recipe_type=RecipeTypeRow, batch=BatchRow
)
INDEXED = IDS.keys() | TEXTS.keys() | {"recipe_ids", "batch_ids"}
"""Each of these has an index that ends with what lists are sorted by, unless another order is asked for."""
TIMES = frozenset(
    f"{prefix}{end}" for prefix in ("", "created_", "modified_", "data_", "source_") for end in ("started", "ended")
)
FEW = 20_000
"""So many files are sorted sooner than an index of the order is searched for them."""
Order = Sequence[SortKey[FileOrderField]]


def file_ids(criteria: FileFilter, order: Order, window: Window, count: int) -> Select[Any]:
    """The ids of some files, of `count` that match."""
    chosen, matching = file_criteria(criteria), file_ranges(criteria, where_file(criteria))
    is_by_change = [key.field for key in order] == [FileOrderField.LAST_MODIFIED]
    if is_by_change and chosen <= TIMES and not chosen <= _changes(criteria):
        return _in_a_range(matching, order[0], window)
    query = select(FileRow.id)
    is_along = is_by_change and len(chosen - _changes(criteria)) <= 1 and chosen <= INDEXED | _changes(criteria)
    if chosen and not is_along and (count <= FEW or len(matching) > 1):
        parts = (select(FileRow.id).where(*conditions) for conditions in matching)
        few = union_all(*parts).cte("few").prefix_with("MATERIALIZED", dialect="postgresql")
        query = query.join(few, few.c.id == FileRow.id)
    else:
        query = query.where(*where_file(criteria))
    return window.cut(sort(_joined(query), order, FILE_ORDER, FileRow.id, is_reversed=window.is_reversed))


def _changes(criteria: FileFilter) -> frozenset[str]:
    """The criteria that mean the last change."""
    by_field = {"started", "ended"} if criteria.time_field is FileTime.LAST_MODIFIED else set[str]()
    return frozenset({"modified_started", "modified_ended"} | by_field)


def _in_a_range(matching: Sequence[Sequence[Any]], key: SortKey[FileOrderField], window: Window) -> Select[Any]:
    """All files of a range: its index has what they are sorted by. With an offset PostgreSQL does not look along the order."""
    parts = (select(FileRow.id, FileRow.last_modified).where(*conditions) for conditions in matching)
    files = select(union_all(*parts).subquery()).offset(0).subquery()
    order = {FileOrderField.LAST_MODIFIED: files.c.last_modified}
    return window.cut(sort(select(files.c.id), [key], order, files.c.id, is_reversed=window.is_reversed))


def _joined(query: Select[Any]) -> Select[Any]:
    """With all that can be sorted by: PostgreSQL leaves out what the order does not need."""
    return (
        query.outerjoin(WorkspaceRow, WorkspaceRow.id == FileRow.workspace_id)
        .outerjoin(JobTypeRow, JobTypeRow.id == FileRow.job_type_id)
        .outerjoin(RecipeTypeRow, RecipeTypeRow.id == FileRow.recipe_type_id)
        .outerjoin(BatchRow, BatchRow.id == FileRow.batch_id)
    )
