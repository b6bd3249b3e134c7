"""How many files match a filter: from the count that knows its criterion, else one by one."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text, literal, true

from jobsvc.db.clauses import any_of, file_criteria, file_ranges, ids, where_file
from jobsvc.db.counting.sums import added, counted, summed
from jobsvc.db.tables import FILE_COUNT, FILE_DELTA, FileRow
from jobsvc.domain.filters import FileFilter

IDS = {"job_type_ids": "job_type_id", "recipe_type_ids": "recipe_type_id", "workspace_ids": "workspace_id"}
TEXTS = {
    "file_types": "file_type",
    "media_types": "media_type",
    "job_outputs": "job_output",
    "recipe_nodes": "recipe_node",
    "source_sensor_classes": "source_sensor_class",
    "source_sensors": "source_sensor",
    "source_collections": "source_collection",
    "source_tasks": "source_task",
}
"""The criterion -> the dimension of the count, which is called like the column of the deltas."""


def number_of_files(criteria: FileFilter) -> ColumnElement[int]:
    """The number of files; names have to be resolved before (see `resolving`)."""
    chosen = file_criteria(criteria)
    if not chosen:
        return _counted("", [""], true())
    name = next(iter(chosen))
    values = getattr(criteria, name)
    if len(chosen) == 1 and name in IDS:
        return _counted(IDS[name], [str(value) for value in values], ids(FILE_DELTA.c[IDS[name]])(values))
    if len(chosen) == 1 and name in TEXTS:
        return _counted(TEXTS[name], values, any_of(FILE_DELTA.c[TEXTS[name]])(values))
    if chosen == {"countries"} and len(values) == 1:
        return _counted("countries", values, FILE_DELTA.c.countries.bool_op("&&")(literal(list(values), ARRAY(Text))))
    return added(counted(FileRow, *conditions) for conditions in file_ranges(criteria, where_file(criteria)))


def _counted(dimension: str, values: Collection[Any], unfolded: ColumnElement[bool]) -> ColumnElement[int]:
    lines = summed(FILE_COUNT, FILE_COUNT.c.dimension == dimension, any_of(FILE_COUNT.c.value)(values))
    return added([lines, summed(FILE_DELTA, unfolded)])
