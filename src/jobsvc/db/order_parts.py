"""Orders that no single index has, in parts of which each is read along one: the first rows of each part, merged.

A part gives columns `v0`, `v1`, ... for the keys of an order, and `id`, which breaks ties in the direction of the last key.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, select, true, union_all

from jobsvc.db.paging import Window


def directed(columns: Sequence[Any], *, is_descending: bool) -> list[Any]:
    """The columns in one direction."""
    return [column.desc() if is_descending else column.asc() for column in columns]


def part(values: Sequence[Any], row_id: Any) -> Select[Any]:
    """A part with these values of the keys."""
    return select(*(value.label(f"v{number}") for number, value in enumerate(values)), row_id.label("id"))


def first_of_each(
    values: Sequence[Any], table: Any, row_id: Any, of_row: Sequence[ColumnElement[bool]], *, depth: int, is_descending: bool
) -> Select[Any]:
    """A part with the first rows for each row of a small table; `of_row` says which belong to it.

    Of many rows of the large table, those for the first rows of the small one are all that is ever looked at.
    """
    rows = select(row_id.label("id")).where(*of_row).correlate(table)
    first = rows.order_by(*directed([row_id], is_descending=is_descending)).limit(depth).lateral("first")
    return part(values, first.c.id).select_from(table).join(first, true())


def merged(
    parts: Collection[Select[Any]], window: Window, directions: Sequence[bool], *, are_gaps_last: bool | None = None
) -> Select[Any]:
    """The ids of a window of all parts; `directions` says of each key whether it descends.

    What has no value comes last, and first in a descending order, unless `are_gaps_last` says otherwise.
    """
    firsts = [query.order_by(*_sequence(query.selected_columns, directions)).limit(window.depth) for query in parts]
    rows = union_all(*(select(first.subquery()) for first in firsts)).subquery()
    return window.cut(select(rows.c.id).order_by(*_sequence(rows.c, directions, are_gaps_last=are_gaps_last)))


def _sequence(columns: Any, directions: Sequence[bool], *, are_gaps_last: bool | None = None) -> list[Any]:
    keys = [columns[f"v{number}"] for number in range(len(directions))]
    sequence = [key.desc() if is_descending else key.asc() for key, is_descending in zip(keys, directions, strict=True)]
    if are_gaps_last is not None:
        sequence = [key.nulls_last() if are_gaps_last else key.nulls_first() for key in sequence]
    return [*sequence, *directed([columns.id], is_descending=directions[-1])]
