"""What lists share: a page of a query, and its order."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Select, Text, UnaryExpression, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from jobsvc.db.clauses import count_of
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.sorting import SortKey

T = TypeVar("T")
FieldT = TypeVar("FieldT", bound=StrEnum)
Column = InstrumentedAttribute[Any] | ColumnElement[Any]


async def page_of(
    connection: AsyncConnection, query: Select[Any], request: PageRequest, make: Callable[[Row[Any]], T]
) -> Page[T]:
    """A page of the result of an ordered query, in two statements; raises InvalidPage beyond the end."""
    count = (await connection.execute(select(count_of(query)))).scalar_one()
    number = request.locate(count)
    rows = await connection.execute(query.limit(request.size).offset((number - 1) * request.size))
    return Page([make(row) for row in rows], count, number, request.size)


def columns_of(fields: type[FieldT], table: Any, **related: Any) -> dict[FieldT, Column]:
    """The columns that fields are called by: those of the table, and `batch__title` that of `related["batch"]`."""
    paths = {field: field.value.rpartition("__") for field in fields}
    return {field: getattr(related[path] if path else table, name) for field, (path, _, name) in paths.items()}


def sort(query: Select[Any], keys: Sequence[SortKey[FieldT]], columns: Mapping[FieldT, Column], tie: Column) -> Select[Any]:
    """Sort a query; `tie` breaks every tie, so that pages never overlap. Texts are sorted without regard to case."""
    return query.order_by(*(_direction(columns[key.field], descending=key.descending) for key in keys), tie)


def _direction(column: Column, *, descending: bool) -> UnaryExpression[Any]:
    sortable: Any = func.lower(column) if isinstance(column.type, Text) else column
    expression: UnaryExpression[Any] = sortable.desc() if descending else sortable.asc()
    return expression
