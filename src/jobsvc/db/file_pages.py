"""Which files a page shows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select, union_all

from jobsvc.db.clauses import file_criteria, file_ranges, where_file
from jobsvc.db.counting.files import IDS, TEXTS
from jobsvc.db.order_parts import first_of_each, merged
from jobsvc.db.paging import WALKED, Window
from jobsvc.db.sorting import columns_of, sort, sortable
from jobsvc.db.tables import BatchRow, FileRow, JobTypeRow, RecipeTypeRow, WorkspaceRow
from jobsvc.domain.filters import FileFilter, FileTime
from jobsvc.domain.sorting import FileOrderField, SortKey

HELP = (
    "Ask for a shorter time with `started` and `ended`, or leave out `order`, "
    "or order by `created`, `data_started` or `source_started`."
)
FILE_ORDER = columns_of(
    FileOrderField,
    FileRow,
    {FileOrderField.WORKSPACE_ID: FileRow.workspace_id},  # has an index
    workspace=WorkspaceRow,
    job_type=JobTypeRow,
    recipe_type=RecipeTypeRow,
    batch=BatchRow,
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
    if not chosen or not (count <= FEW or len(matching) > 1 or chosen <= TIMES) or _is_along(criteria, order):
        query = select(FileRow.id).where(*where_file(criteria))
    elif [key.field for key in order] == [FileOrderField.LAST_MODIFIED]:
        return _sorted_at_once(matching, order[0], window)
    else:
        parts = (select(FileRow.id).where(*conditions) for conditions in matching)
        few = union_all(*parts).cte("few").prefix_with("MATERIALIZED", dialect="postgresql")
        query = select(FileRow.id).join(few, few.c.id == FileRow.id)
    fields = [key.field for key in order]
    if not chosen and fields == [FileOrderField.WORKSPACE_NAME] and window.depth <= WALKED:
        return _by_workspace(order[0], window)
    return window.cut(sort(_joined(query), order, FILE_ORDER, FileRow.id, is_reversed=window.is_reversed))


def _by_workspace(key: SortKey[FileOrderField], window: Window) -> Select[Any]:
    """The first files of each workspace."""
    is_descending = key.descending != window.is_reversed
    values, of_row = [sortable(WorkspaceRow.name)], [FileRow.workspace_id == WorkspaceRow.id]
    first = first_of_each(values, WorkspaceRow, FileRow.id, of_row, depth=window.depth, is_descending=is_descending)
    return merged([first], window, [is_descending])


def _is_along(criteria: FileFilter, order: Order) -> bool:
    """Whether an index of the filter has the files in the sequence of the list."""
    by_field = {"started", "ended"} if criteria.time_field is FileTime.LAST_MODIFIED else set[str]()
    others = file_criteria(criteria) - by_field - {"modified_started", "modified_ended"}
    return [key.field for key in order] == [FileOrderField.LAST_MODIFIED] and len(others) <= 1 and others <= INDEXED


def _sorted_at_once(matching: Sequence[Sequence[Any]], key: SortKey[FileOrderField], window: Window) -> Select[Any]:
    """Find all files that match, and sort them. With an offset PostgreSQL does not look for them along the order."""
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
