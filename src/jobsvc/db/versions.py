"""The sequence of the versions of a job type: by their numbers, and a pre-release before its release."""

from typing import Any

from sqlalchemy import ColumnElement, UnaryExpression, func

Sequence = tuple[UnaryExpression[Any] | ColumnElement[Any], ...]


def oldest_first(table: Any) -> Sequence:
    """What is no version at all comes first; `table` is that of job types or an alias of it."""
    return (table.version_array.nulls_first(), _is_release(table), table.id)


def newest_first(table: Any) -> Sequence:
    """The same from its end."""
    return (table.version_array.desc().nulls_last(), _is_release(table).desc(), table.id.desc())


def _is_release(table: Any) -> ColumnElement[bool]:
    return ~func.split_part(table.version, "+", 1).contains("-")
