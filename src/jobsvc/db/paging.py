"""A page of what a query gives."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Row, Select, func
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.domain.paging import Page, PageRequest

T = TypeVar("T")
WALKED = 1000
"""How many rows of several parts are read to merge them, or along an index before the counts are asked where a page lies."""


@dataclass(frozen=True)
class Window:
    """Some rows of a sorted result, counted from its beginning or, reversed, from its end."""

    offset: int
    limit: int
    is_reversed: bool = False

    @classmethod
    def of(cls, request: PageRequest, number: int, count: int) -> "Window":
        """The rows of a page, from the end that is nearer."""
        offset = (number - 1) * request.size
        limit = min(request.size, count - offset)
        behind = count - offset - limit
        return cls(behind, limit, is_reversed=True) if behind < offset else cls(offset, limit)

    def cut(self, query: Select[Any]) -> Select[Any]:
        """These rows of a query."""
        return query.limit(self.limit).offset(self.offset)

    def forwards(self, rows: list[T]) -> list[T]:
        """The rows in the sequence in which they are shown."""
        return rows[::-1] if self.is_reversed else rows

    @property
    def depth(self) -> int:
        """How many rows have to be seen."""
        return self.offset + self.limit


async def ids_of_page(
    connection: AsyncConnection, request: PageRequest, count: int, ids: Callable[[Window], Select[Any]]
) -> Page[int]:
    """The ids of a page of `count` rows; `ids` gives the query for a window of them, sorted and cut.

    What rows show is read afterwards, for the page alone: sorting carries ids, and joins only what the order needs.

    Raises:
        InvalidPage: Beyond the end.
    """
    number = request.locate(count)
    if count == 0:
        return Page([], count, number, request.size)
    window = Window.of(request, number, count)
    rows = (await connection.execute(ids(window))).scalars()
    return Page(window.forwards(list(rows)), count, number, request.size)


async def page_of(
    connection: AsyncConnection,
    query: Select[Any],
    request: PageRequest,
    make: Callable[[Row[Any]], T],
    counted: Select[Any] | None = None,
) -> Page[T]:
    """A page of what a sorted query gives, in a statement for the count and, if there is anything, one for the rows.

    `counted` gives as many rows and takes less time to count, as without the joins that the order needs.

    Raises:
        InvalidPage: Beyond the end.
    """
    rows_of = query.order_by(None) if counted is None else counted
    counting = rows_of.with_only_columns(func.count(), maintain_column_froms=True)
    count = (await connection.execute(counting)).scalar_one()
    number = request.locate(count)
    if count == 0:
        return Page([], count, number, request.size)
    rows = await connection.execute(query.limit(request.size).offset((number - 1) * request.size))
    return Page([make(row) for row in rows], count, number, request.size)
