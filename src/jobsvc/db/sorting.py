"""What the orders of all lists share: the columns that their fields mean, and how texts, gaps and ties are sorted."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeVar

from sqlalchemy import Select, Text, UnaryExpression, func

from jobsvc.db.row_mapper import Column
from jobsvc.domain.sorting import SortKey

FieldT = TypeVar("FieldT", bound=StrEnum)


def columns_of(
    fields: type[FieldT], table: Any, computed: Mapping[FieldT, Column] = MappingProxyType({}), **related: Any
) -> dict[FieldT, Column]:
    """The columns that fields mean, unless they are computed.

    A field is called like a column of the table, `batch__title` like that of `related["batch"]`.
    """
    tables = {"": table, **related}
    paths = {field: field.value.rpartition("__") for field in fields}
    return {
        field: computed[field] if field in computed else getattr(tables[path], name) for field, (path, _, name) in paths.items()
    }


def sort(
    query: Select[Any],
    keys: Sequence[SortKey[FieldT]],
    columns: Mapping[FieldT, Column],
    tie: Column,
    *,
    gaps_last: Collection[FieldT] = (),
    is_reversed: bool = False,
) -> Select[Any]:
    """Sort a query; `tie` breaks every tie, in the direction of the last key, so that pages never overlap and indexes serve.

    Texts are sorted without regard to case. What a row does not have comes last, and first in the reverse order unless the
    field is in `gaps_last`. `is_reversed`: all of it from the end to the beginning.
    """
    expressions = [_direction(columns[key.field], key, is_reversed, gaps_last=key.field in gaps_last) for key in keys]
    is_descending = bool(keys) and keys[-1].descending
    return query.order_by(*expressions, tie.desc() if is_descending != is_reversed else tie.asc())


def sortable(column: Column) -> Any:
    """What is compared: of a text, the text in lower case."""
    return func.lower(column) if isinstance(column.type, Text) else column


def _direction(column: Column, key: SortKey[FieldT], is_reversed: bool, *, gaps_last: bool) -> UnaryExpression[Any]:  # noqa: FBT001
    is_descending = key.descending != is_reversed
    expression: UnaryExpression[Any] = sortable(column).desc() if is_descending else sortable(column).asc()
    if not gaps_last:
        return expression
    return expression.nulls_first() if is_reversed else expression.nulls_last()
