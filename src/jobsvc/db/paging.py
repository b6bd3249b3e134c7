"""A page of what a query gives."""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Row, Select, func
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.domain.paging import Page, PageRequest

T = TypeVar("T")


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
