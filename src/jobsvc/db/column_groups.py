"""Groups of columns that are read together, and the records that are made of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from jobsvc.db.tables import (
    BatchRow,
    ErrorRow,
    EventRow,
    ExecutionRow,
    FileRow,
    IngestEventRow,
    JobRow,
    JobTypeRevisionRow,
    JobTypeRow,
    NodeRow,
    RecipeRow,
    RecipeTypeRow,
    WorkspaceRow,
)
from jobsvc.domain import records

T = TypeVar("T")
Column = ColumnElement[Any] | InstrumentedAttribute[Any]


@dataclass(frozen=True)
class ColumnGroup(Generic[T]):
    """Columns, the first of them the id, and what they make: `fields` names them."""

    make: Callable[..., T]
    columns: tuple[Column, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """The record's fields that columns fill, in the columns' sequence."""
        names: tuple[str, ...] = self.make._fields  # type: ignore[attr-defined]
        return names[: len(self.columns)]

    def required(self, row: Sequence[Any], at: int) -> T:
        """The record at a column offset of a row."""
        return self.make(*row[at : at + len(self.columns)])

    def optional(self, row: Sequence[Any], at: int) -> T | None:
        """The same, or None where the outer join found nothing."""
        return None if row[at] is None else self.make(*row[at : at + len(self.columns)])


def of(make: Callable[..., T], table: Any) -> ColumnGroup[T]:
    """A part whose fields are called like the columns of the table (or of an alias of it)."""
    fields: tuple[str, ...] = make._fields  # type: ignore[attr-defined]
    return ColumnGroup(make, tuple(getattr(table, field) for field in fields if hasattr(table, field)))


def offsets(*parts: ColumnGroup[Any]) -> tuple[int, ...]:
    """Where each part begins in a row that selects all of them in this sequence."""
    starts, at = [], 0
    for part in parts:
        starts.append(at)
        at += len(part.columns)
    return tuple(starts)


def columns(*parts: ColumnGroup[Any]) -> list[Column]:
    """All columns of the parts, in sequence."""
    return [column for part in parts for column in part.columns]


JOB = of(records.JobColumns, JobRow)
JOB_TYPE = of(records.JobTypeRef, JobTypeRow)
REVISION = of(records.RevisionRef, JobTypeRevisionRow)
REVISION_DETAILS = of(records.RevisionDetails, JobTypeRevisionRow)
EVENT = of(records.EventRef, EventRow)
INGEST_EVENT = of(records.EventRef, IngestEventRow)
BATCH = of(records.BatchRef, BatchRow)
NODE = of(records.NodeRef, NodeRow)
ERROR = of(records.ErrorRef, ErrorRow)
EXECUTION = of(records.ExecutionColumns, ExecutionRow)
WORKSPACE = of(records.WorkspaceItem, WorkspaceRow)
FILE = of(records.FileColumns, FileRow)
RECIPE_TYPE = of(records.RecipeTypeRef, RecipeTypeRow)
RECIPE = ColumnGroup(
    records.RecipeRef,
    (
        RecipeRow.id,
        RecipeRow.recipe_type_rev_id,
        RecipeRow.event_id,
        RecipeTypeRow.id,
        RecipeTypeRow.name,
        RecipeTypeRow.title,
        RecipeTypeRow.description,
        RecipeTypeRow.revision_num,
    ),
)
