"""Rows rendered as JSON by PostgreSQL: the driver need not decode what would only be encoded again (docs/adr/0004)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import DateTime, Float, Numeric, Text, case, cast, func, literal_column
from sqlalchemy.sql import ColumnElement

from jobsvc.db.row_mapper import Column
from jobsvc.domain.response_shape import Read, ResponseShape

INSTANT: ColumnElement[str] = literal_column("""'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'""")
# As parameters they would be sent, once for each column, with every request.
NO_FRACTION: ColumnElement[str] = literal_column("'.000000Z'")
ZONE: ColumnElement[str] = literal_column("'Z'")
ONE: ColumnElement[int] = literal_column("1")


def rendered(shape: ResponseShape, columns: Mapping[str, Column]) -> ColumnElement[str]:
    """The text of the object that `shape.of` gives for a record of these columns (by path, as the shape names them).

    Raises:
        TypeError: For a shape with a member that is computed.
        KeyError: For one with a path that is no column.
    """
    return cast(_object(shape, columns), Text)


def _object(shape: ResponseShape, columns: Mapping[str, Column]) -> ColumnElement[Any]:
    members: list[Column] = []
    for name, member in shape.members.items():
        # Names are the shapes' own words; as parameters they would be sent with every request.
        members += [literal_column(f"'{name}'"), _member(name, member, columns)]
    built = func.json_build_object(*members)
    return built if shape.null_without is None else case((columns[shape.null_without].is_not(None), built))


def _member(name: str, member: str | ResponseShape | Read, columns: Mapping[str, Column]) -> Column:
    if isinstance(member, ResponseShape):
        return _object(member, columns)
    if isinstance(member, str):
        return _value(columns[member])
    raise TypeError(f"{name} is computed, which PostgreSQL cannot do")


def _value(column: Column) -> Column:
    """Timestamps with microseconds when there are any, floating numbers with a point, the rest as it is."""
    if isinstance(column.type, DateTime):
        return func.replace(func.to_char(column, INSTANT), NO_FRACTION, ZONE)
    if isinstance(column.type, Float):
        exact = cast(cast(column, Text), Numeric)
        return case((column == func.trunc(column), func.round(exact, ONE)), else_=exact)
    return column
