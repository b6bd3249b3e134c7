"""Which jobs a page shows: the ways to find them, of which each costs about the same however many jobs there are.

A list is sorted by `last_modified` unless another order is asked for: indexes of the filters end with it, several values of
a filter are read side by side, and the counts tell on which days a page lies. For other orders there are indexes, too; where few
jobs match, they are sorted. What remains may take long, and is broken off when it does (docs/adr/0018-counts-and-pages.md).
"""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.clauses import JOB_CLAUSES, where
from jobsvc.db.counting.jobs import CHANGE, SOURCE_TIMES, STATE, count_of, criteria_of, number_in
from jobsvc.db.counting.starts import Starts
from jobsvc.db.job_branches import INDEXED, branches
from jobsvc.db.job_cursors import page_by_cursor
from jobsvc.db.job_latest import by_latest, is_by_latest
from jobsvc.db.job_parts import in_parts
from jobsvc.db.job_sorting import ordered
from jobsvc.db.job_texts import by_text, is_by_text, with_ties
from jobsvc.db.order_parts import directed
from jobsvc.db.paging import WALKED, Window
from jobsvc.db.resolving import resolved, selects_nothing
from jobsvc.db.seeking import Stretch, reach, seek, starts
from jobsvc.db.statement_cache import REMEMBERED
from jobsvc.db.tables import JobRow
from jobsvc.db.time_limits import time_limit
from jobsvc.db.timed_statements import TimedFilter, TimedStatement
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.job_sorting import JobOrderField as Field
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.sorting import SortKey

Order = Sequence[SortKey[Field]]
FEW = 4_000
"""So many jobs are sorted by their last change sooner than an index is searched for them."""
FEW_IN_OTHER_ORDERS = 20_000
"""The same for other orders: along their index the jobs of a filter may come last."""
FEW_IN_TEXT_ORDERS = 100_000
"""The same for orders by a text of sources, for which the jobs of a filter are looked for among those of each text."""
FEW_OF_SOURCES = 150_000
"""The same for ranges of source times, whose index has all that is compared."""


HELP = (
    "Ask for a shorter time with `started` and `ended`, or for jobs of a `job_id`, `batch_id` or `recipe_id`; "
    "or leave out `order`, or order by `created`, `queued`, `started`, `ended` or `last_status_change`."
)


def _is_served(criteria: JobFilter, order: Order) -> bool:
    """Whether a page cannot take long, whatever there is: lists that are asked for all the time need no limit."""
    chosen = criteria_of(criteria)
    return [key.field for key in order] == [Field.LAST_MODIFIED] and (chosen <= STATE | CHANGE or chosen in INDEXED)


async def number_of(connection: AsyncConnection, criteria: JobFilter) -> int:
    """How many jobs match."""
    criteria = await resolved(connection, criteria)
    return await _count(connection, criteria, await starts(connection, criteria))


async def ids_of_page(
    connection: AsyncConnection, criteria: JobFilter, order: Order, request: PageRequest, *, seconds: float
) -> Page[int]:
    """The ids of a page of jobs, and how many jobs match; `seconds` is how long that may take where no index serves.

    Raises:
        InvalidPage: Beyond the end.
        InvalidRequest: The cursor is of another list.
        DatabaseBusy: It takes too long; the text says what would help.
    """
    criteria, order = await resolved(connection, criteria), with_ties(order)
    matching, window = TimedFilter.of(criteria), _near_window(criteria, order, request)
    if window is not None and matching is not None:
        [(count, ids)] = await _near(matching, window, is_descending=order[0].descending).rows(connection, matching)
        return Page(ids, count, request.locate(count), request.size)
    async with nullcontext() if _is_served(criteria, order) else time_limit(connection, seconds, HELP):
        return await _page(connection, criteria, order, request)


def _near_window(criteria: JobFilter, order: Order, request: PageRequest) -> Window | None:
    """The rows of a page that an index gives so soon that it need not be known first how many jobs match; None of others."""
    if request.cursor is not None or request.number is None or request.number * request.size > WALKED:
        return None
    if [key.field for key in order] != [Field.LAST_MODIFIED] or selects_nothing(criteria):
        return None
    chosen = criteria_of(criteria)
    is_served = chosen in INDEXED or (chosen <= STATE | CHANGE and chosen - CHANGE in INDEXED)
    return Window((request.number - 1) * request.size, request.size) if is_served else None


@lru_cache(REMEMBERED)
def _near(matching: TimedFilter, window: Window, *, is_descending: bool) -> TimedStatement:
    """How many jobs match and the ids of some of them: one statement, made once for the lists that are asked for all the time."""
    rows = _side_by_side(matching.criteria, window, Stretch(), is_descending=is_descending).subquery()
    numbers = select(number_in(matching.criteria), func.array(select(rows.c.id).scalar_subquery()))
    return TimedStatement(numbers, matching)


async def _page(connection: AsyncConnection, criteria: JobFilter, order: Order, request: PageRequest) -> Page[int]:
    starting = await starts(connection, criteria)
    count = await _count(connection, criteria, starting)
    if request.cursor is not None:
        return await page_by_cursor(connection, criteria, order, request.cursor, size=request.size, count=count)
    number = request.locate(count)
    if count == 0:
        return Page([], count, number, request.size)
    window = Window.of(request, number, count)
    if [key.field for key in order] == [Field.LAST_MODIFIED]:
        query = await _by_change(connection, criteria, order[0], window, count=count, starting=starting)
    else:
        query = _in_another_order(criteria, order, window, count)
    ids = list((await connection.execute(query)).scalars())
    return Page(window.forwards(ids), count, number, request.size)


async def _count(connection: AsyncConnection, criteria: JobFilter, starting: Starts) -> int:
    if selects_nothing(criteria):
        return 0
    return max(0, int((await connection.execute(count_of(criteria, starting))).scalar_one()))


def _in_another_order(criteria: JobFilter, order: Order, window: Window, count: int) -> Select[Any]:
    chosen, fields = criteria_of(criteria), [key.field for key in order]
    if chosen and chosen <= CHANGE and fields == [Field.LAST_STATUS_CHANGE] and count <= FEW_OF_SOURCES:
        return _by_status_change(criteria, order[0], window)
    if chosen and count <= (FEW_IN_TEXT_ORDERS if is_by_text(order) else FEW_IN_OTHER_ORDERS):
        return _sorted_at_once(criteria, order, window)
    if is_by_text(order):
        return by_text(criteria, tuple(order), window)
    if is_by_latest(order) and window.depth <= WALKED:
        return by_latest(criteria, order[0], window)
    if order and window.depth <= WALKED and (parts := in_parts(criteria, order, window)) is not None:
        return parts
    return _along_the_order(criteria, tuple(order), window)


@lru_cache(REMEMBERED)
def _along_the_order(criteria: JobFilter, order: tuple[SortKey[Field], ...], window: Window) -> Select[Any]:
    return window.cut(ordered(_matching(criteria), order, is_reversed=window.is_reversed))


def _matching(criteria: JobFilter) -> Select[Any]:
    return select(JobRow.id).where(*where(JOB_CLAUSES, criteria))


def _sorted_at_once(criteria: JobFilter, order: Order, window: Window) -> Select[Any]:
    """Find all jobs that match, then sort them: else PostgreSQL may look for them along the index of an order."""
    few = _matching(criteria).cte("few").prefix_with("MATERIALIZED", dialect="postgresql")
    query = select(JobRow.id).join(few, few.c.id == JobRow.id)
    return window.cut(ordered(query, order, is_reversed=window.is_reversed))


async def _by_change(
    connection: AsyncConnection, criteria: JobFilter, key: SortKey[Field], window: Window, *, count: int, starting: Starts
) -> Select[Any]:
    """By `last_modified`: along an index of the filter, on the days where the page lies."""
    chosen = criteria_of(criteria)
    is_descending = key.descending != window.is_reversed
    if chosen & SOURCE_TIMES and chosen <= SOURCE_TIMES | {"source_sensors"}:
        if starting.number <= FEW_OF_SOURCES or count <= WALKED:
            return _few_of_sources(criteria, starting, window, is_descending=is_descending)
    # Jobs of a label are made together: along the index of the changes they may all come last.
    elif count <= (FEW_IN_OTHER_ORDERS if "labels" in chosen else FEW) and chosen - CHANGE not in INDEXED:
        return _sorted_at_once(criteria, [key], window)
    stretch = Stretch()
    if chosen & SOURCE_TIMES:
        stretch = await reach(connection, criteria)
    elif chosen <= STATE and (window.offset > WALKED or chosen not in INDEXED):
        stretch = await seek(connection, criteria, offset=window.offset, limit=window.limit, is_descending=is_descending)
    nearer = replace(window, offset=window.offset - stretch.before)
    return _side_by_side(criteria, nearer, stretch, is_descending=is_descending)


def _few_of_sources(criteria: JobFilter, starting: Starts, window: Window, *, is_descending: bool) -> Select[Any]:
    """Find all in the index of the times; with an offset PostgreSQL cannot look for them along the order, nor keep a copy."""
    matching = select(JobRow.id, JobRow.last_modified).where(*where(JOB_CLAUSES, criteria), *starting.conditions())
    few = matching.offset(0).subquery()
    return window.cut(select(few.c.id).order_by(*directed((few.c.last_modified, few.c.id), is_descending=is_descending)))


def _by_status_change(criteria: JobFilter, key: SortKey[Field], window: Window) -> Select[Any]:
    """What changed in a time, as v3 lists it: the index of the changes has what they are sorted by."""
    columns = (JobRow.id, JobRow.last_status_change)
    changed = select(*columns).where(*where(JOB_CLAUSES, criteria)).offset(0).subquery()
    is_descending = key.descending != window.is_reversed
    return window.cut(
        select(changed.c.id).order_by(*directed((changed.c.last_status_change, changed.c.id), is_descending=is_descending))
    )


@lru_cache(REMEMBERED)
def _side_by_side(criteria: JobFilter, window: Window, stretch: Stretch, *, is_descending: bool) -> Select[Any]:
    """The first jobs for each value of the filter, each read along an index, and of them all the first ones."""
    sequence = directed((JobRow.last_modified, JobRow.id), is_descending=is_descending)
    columns: list[Any] = [JobRow.id, JobRow.last_modified]
    every = select(*columns).where(*stretch.conditions()).order_by(*sequence)
    parts = [every.where(*where(JOB_CLAUSES, part)) for part in branches(criteria)]
    if len(parts) == 1:
        return window.cut(parts[0])
    rows = union_all(*(select(part.limit(window.depth).subquery()) for part in parts)).subquery()
    return window.cut(select(rows.c.id).order_by(*directed((rows.c.last_modified, rows.c.id), is_descending=is_descending)))
