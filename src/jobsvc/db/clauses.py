"""Filter field -> WHERE: the only place that knows how a criterion is asked of the database."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, Text, and_, any_, exists, false, func, literal, or_, select
from sqlalchemy.orm import aliased

from jobsvc.db.tables import (
    AuditEntryRow,
    BatchRow,
    ErrorRow,
    ExecutionRow,
    FileRow,
    JobInputFileRow,
    JobLabelRow,
    JobRow,
    JobTypeRow,
    NodeRow,
    RecipeRow,
    RecipeTypeRow,
    WorkspaceRow,
)
from jobsvc.domain.filters import FileFilter, FileTime
from jobsvc.domain.ids import MAX_ID
from jobsvc.domain.labels import asked_by_key

Clause = Callable[[Any], ColumnElement[bool]]


def ids(column: Any) -> Clause:
    """Any of the ids; numbers that no bigint can hold match nothing instead of failing in the driver."""
    return lambda values: _is_any(column, BigInteger, [value for value in values if 0 <= value <= MAX_ID])


def any_of(column: Any) -> Clause:
    """Any of the values."""
    return lambda values: _is_any(column, Text, values)


def flag(column: Any) -> Clause:
    """The column itself or its negation: `IS TRUE` would not use a partial index."""
    return lambda expected: column if expected else ~column


def since(column: Any) -> Clause:
    """Not before an instant."""
    return lambda value: column >= value


def until(column: Any) -> Clause:
    """Not after an instant."""
    return lambda value: column <= value


def _mentions(*columns: Any) -> Clause:
    return lambda values: or_(*(column.icontains(text, autoescape=True) for text in sorted(values) for column in columns))


def _range(table: Any) -> dict[str, Clause]:
    return {"started": since(table.last_modified), "ended": until(table.last_modified)}


def _source(table: Any) -> dict[str, Clause]:
    return {
        "source_started": since(table.source_started),
        "source_ended": until(table.source_ended),
        "source_sensor_classes": any_of(table.source_sensor_class),
        "source_sensors": any_of(table.source_sensor),
        "source_collections": any_of(table.source_collection),
        "source_tasks": any_of(table.source_task),
    }


def _is_any(column: Any, kind: type[BigInteger | Text], values: Collection[Any]) -> ColumnElement[bool]:
    """One parameter however many values there are: PostgreSQL takes no more than 32767 parameters.

    A value that is alone is compared with itself, for then an index gives the rows in its sequence.
    """
    if len(values) == 1:
        equal: ColumnElement[bool] = column == literal(next(iter(values)), kind())
        return equal
    is_any: ColumnElement[bool] = column == any_(literal(sorted(values), ARRAY(kind)))
    return is_any


def _types(column: Any, reference: Any = JobRow.job_type_id) -> Clause:
    return lambda values: reference.in_(select(JobTypeRow.id).where(_is_any(column, Text, values)))


def _errors(column: Any) -> Clause:
    return lambda values: column.in_(select(ErrorRow.id).where(_is_any(ErrorRow.category, Text, values)))


def _labels(texts: Collection[str]) -> ColumnElement[bool]:
    """A value of each key; no text at all is met by nothing."""
    asked = asked_by_key(texts)
    return and_(*(JobRow.id.in_(_labelled(key, values)) for key, values in asked.items())) if asked else false()


def _labelled(key: str, values: Collection[str] | None) -> Select[Any]:
    query = select(JobLabelRow.job_id).where(JobLabelRow.key == key)
    return query if values is None else query.where(_is_any(JobLabelRow.value, Text, values))


JOB_CLAUSES: Mapping[str, Clause] = {
    **_range(JobRow),
    **_source(JobRow),
    "statuses": any_of(JobRow.status),
    "job_ids": ids(JobRow.id),
    "job_type_ids": ids(JobRow.job_type_id),
    "job_type_names": _types(JobTypeRow.name),
    "job_type_categories": _types(JobTypeRow.category),
    "batch_ids": ids(JobRow.batch_id),
    "recipe_ids": ids(JobRow.recipe_id),
    "error_categories": _errors(JobRow.error_id),
    "error_ids": ids(JobRow.error_id),
    "is_superseded": flag(JobRow.is_superseded),
    "labels": _labels,
}


def execution_clauses(table: Any) -> dict[str, Clause]:
    """The criteria for executions, asked of their table or of one with the same columns."""
    return {
        **_range(table),
        "statuses": any_of(table.status),
        "job_ids": ids(table.job_id),
        "job_type_ids": ids(table.job_type_id),
        "job_type_names": _types(JobTypeRow.name, table.job_type_id),
        "job_type_categories": _types(JobTypeRow.category, table.job_type_id),
        "node_ids": ids(table.node_id),
        "error_ids": ids(table.error_id),
        "error_categories": _errors(table.error_id),
    }


EXECUTION_CLAUSES: Mapping[str, Clause] = execution_clauses(ExecutionRow)

FILE_CLAUSES: Mapping[str, Clause] = {
    "created_started": since(FileRow.created),
    "created_ended": until(FileRow.created),
    "modified_started": since(FileRow.last_modified),
    "modified_ended": until(FileRow.last_modified),
    "data_started": since(FileRow.data_started),
    "data_ended": until(FileRow.data_ended),
    **_source(FileRow),
    "countries": lambda values: FileRow.countries.bool_op("&&")(literal(sorted(values), ARRAY(Text))),
    "file_names": any_of(FileRow.file_name),
    "file_types": any_of(FileRow.file_type),
    "media_types": any_of(FileRow.media_type),
    "file_ids": ids(FileRow.id),
    "job_ids": ids(FileRow.job_id),
    "job_type_ids": ids(FileRow.job_type_id),
    "job_type_names": _types(JobTypeRow.name, FileRow.job_type_id),
    "job_outputs": any_of(FileRow.job_output),
    "recipe_ids": ids(FileRow.recipe_id),
    "recipe_type_ids": ids(FileRow.recipe_type_id),
    "recipe_nodes": any_of(FileRow.recipe_node),
    "batch_ids": ids(FileRow.batch_id),
    "workspace_ids": ids(FileRow.workspace_id),
}

FILE_TIMES = {
    FileTime.LAST_MODIFIED: (FileRow.last_modified, FileRow.last_modified),
    FileTime.DATA: (FileRow.data_started, FileRow.data_ended),
    FileTime.SOURCE: (FileRow.source_started, FileRow.source_ended),
}

JOB_TYPE_CLAUSES: Mapping[str, Clause] = {
    "keywords": _mentions(JobTypeRow.name, JobTypeRow.title, JobTypeRow.description, JobTypeRow.manifest["job"]["tags"].astext),
    "job_type_ids": ids(JobTypeRow.id),
    "names": any_of(JobTypeRow.name),
    "is_active": flag(JobTypeRow.is_active),
    "is_system": flag(JobTypeRow.is_system),
}

V3_JOB_TYPE_CLAUSES: Mapping[str, Clause] = {
    **_range(JobTypeRow),
    "names": any_of(JobTypeRow.name),
    "categories": any_of(JobTypeRow.category),
    "is_active": flag(JobTypeRow.is_active),
    "is_operational": flag(JobTypeRow.is_operational),
}

ERROR_CLAUSES: Mapping[str, Clause] = {
    **_range(ErrorRow),
    "names": any_of(ErrorRow.name),
    "job_type_names": any_of(ErrorRow.job_type_name),
    "categories": any_of(ErrorRow.category),
    "is_builtin": flag(ErrorRow.is_builtin),
}

NODE_CLAUSES: Mapping[str, Clause] = {**_range(NodeRow), "is_active": flag(NodeRow.is_active)}

AUDIT_CLAUSES: Mapping[str, Clause] = {
    "started": since(AuditEntryRow.at),
    "ended": until(AuditEntryRow.at),
    "users": any_of(AuditEntryRow.user),
    "operations": any_of(AuditEntryRow.operation),
    "subjects": any_of(AuditEntryRow.subject),
    "addresses": any_of(AuditEntryRow.address),
    "request_ids": any_of(AuditEntryRow.request_id),
    "statuses": ids(AuditEntryRow.status),
}

WORKSPACE_CLAUSES: Mapping[str, Clause] = {**_range(WorkspaceRow), "names": any_of(WorkspaceRow.name)}

BATCH_CLAUSES: Mapping[str, Clause] = {
    **_range(BatchRow),
    "recipe_type_ids": ids(BatchRow.recipe_type_id),
    "root_batch_ids": ids(BatchRow.root_batch_id),
    "is_creation_done": flag(BatchRow.is_creation_done),
    "is_superseded": flag(BatchRow.is_superseded),
}

RECIPE_CLAUSES: Mapping[str, Clause] = {
    **_range(RecipeRow),
    **_source(RecipeRow),
    "recipe_ids": ids(RecipeRow.id),
    "recipe_type_ids": ids(RecipeRow.recipe_type_id),
    "recipe_type_names": lambda values: RecipeRow.recipe_type_id.in_(
        select(RecipeTypeRow.id).where(any_of(RecipeTypeRow.name)(values))
    ),
    "batch_ids": ids(RecipeRow.batch_id),
    "root_recipe_ids": ids(RecipeRow.root_recipe_id),
    "is_superseded": flag(RecipeRow.is_superseded),
    "is_completed": flag(RecipeRow.is_completed),
}

RECIPE_TYPE_CLAUSES: Mapping[str, Clause] = {
    "keywords": _mentions(RecipeTypeRow.name, RecipeTypeRow.title, RecipeTypeRow.description),
    "is_active": flag(RecipeTypeRow.is_active),
    "is_system": flag(RecipeTypeRow.is_system),
}


def where(clauses: Mapping[str, Clause], base_model: BaseModel) -> list[ColumnElement[bool]]:
    """The conditions of all criteria that are given; a criterion without a clause is a KeyError, never ignored."""
    result = {name: getattr(base_model, name) for name in type(base_model).model_fields}
    return [clauses[name](value) for name, value in result.items() if value is not None]


def file_criteria(criteria: FileFilter) -> frozenset[str]:
    """The criteria that a filter has; `time_field` alone is none."""
    return frozenset(name for name, value in criteria if value is not None and name != "time_field")


def file_ranges(criteria: FileFilter, conditions: Sequence[ColumnElement[bool]]) -> list[list[ColumnElement[bool]]]:
    """The conditions on files, for a range of times of their data twice: for files that begin in it, and for the others.

    Only what ends before it begins can end in a range and begin behind it: those are looked up first, in an index that has
    nothing else. Without saying so, an index of the begin would be read on to its end.
    """
    for begin, end, latest in _closed_ranges(criteria):
        return [[*conditions, begin <= latest], [*conditions, begin > latest, FileRow.id == any_(_reversed(begin, end, latest))]]
    return [list(conditions)]


def _reversed(begin: Any, end: Any, latest: datetime) -> Any:
    other = aliased(FileRow)
    begin, end = getattr(other, begin.key), getattr(other, end.key)
    return func.array(select(other.id).where(end < begin, end <= latest).scalar_subquery())


def _closed_ranges(criteria: FileFilter) -> Iterator[tuple[Any, Any, datetime]]:
    by_field = (FILE_TIMES[criteria.time_field], criteria.started, criteria.ended)
    data = (FILE_TIMES[FileTime.DATA], criteria.data_started, criteria.data_ended)
    source = (FILE_TIMES[FileTime.SOURCE], criteria.source_started, criteria.source_ended)
    for (begin, end), started, ended in (by_field, data, source):
        if started is not None and ended is not None and begin is not end:
            yield begin, end, ended


def where_file(criteria: FileFilter) -> list[ColumnElement[bool]]:
    """The conditions on files; the time range and the input of a job need more than one field each."""
    plain = {name: getattr(criteria, name) for name in FILE_CLAUSES if getattr(criteria, name) is not None}
    result = [FILE_CLAUSES[name](value) for name, value in plain.items()]
    begin, end = FILE_TIMES[criteria.time_field]
    if criteria.started is not None:
        result.append(begin >= criteria.started)
    if criteria.ended is not None:
        result.append(end <= criteria.ended)
    if criteria.input_of_job is not None:
        result.append(_is_input(criteria.input_of_job, criteria.job_input))
    return result


def _is_input(job_id: int, job_input: str | None) -> ColumnElement[bool]:
    link = select(JobInputFileRow.file_id).where(JobInputFileRow.job_id == job_id, JobInputFileRow.file_id == FileRow.id)
    return exists(link if job_input is None else link.where(JobInputFileRow.job_input == job_input))
