"""The statements that move staged rows (`s`) into their table (`t`)."""
# ruff: noqa: S608 - what is put into statements are names and texts of our own tables, never values

from typing import Any

from sqlalchemy import Column, Table

from jobsvc.db.transfer.stage import stage_of
from jobsvc.db.transfer.tables import default_of

_MODIFIED = "COALESCE(s.last_modified, now())"
_MODIFIED_PAST_TRIGGER = f"{_MODIFIED} - CASE WHEN s.last_modified = t.last_modified THEN interval '1us' ELSE interval '0' END"


def insert_rows(table: Table, *, are_new: bool = False) -> str:
    """Inserts the staged rows after line `:after`, but for those whose key is there already.

    To look for those takes its time: where there were none, `are_new` makes the statement fail if there are.
    """
    names = ", ".join(table.columns.keys())
    values = ", ".join(_inserted(column) for column in table.columns)
    keys = ", ".join(table.primary_key.columns.keys())
    insert = f"INSERT INTO {table.name} ({names}) SELECT {values} FROM {stage_of(table)} s WHERE s.line > :after ORDER BY s.line"
    return insert if are_new else f"{insert} ON CONFLICT ({keys}) DO NOTHING"


def update_rows(table: Table, condition: str, *, with_triggers: bool) -> str:
    """Updates the rows that differ from their staged ones and meet a condition.

    The trigger on `last_modified` takes an update that leaves it as it is for one that does not care, and moves it. So
    with triggers, a row that has the wanted value goes by way of another one: the statement then has to run twice.
    """
    modified = _MODIFIED_PAST_TRIGGER if with_triggers else _MODIFIED
    values = ((column.name, modified if column.name == "last_modified" else _kept(column)) for column in _values(table))
    changes = ", ".join(f"{name} = {value}" for name, value in values)
    which = f"{same_key(table)} AND {differs(table)} AND {condition}"
    return f"UPDATE {table.name} t SET {changes} FROM {stage_of(table)} s WHERE {which}"


def same_key(table: Table) -> str:
    """That a row and a staged one have the same key."""
    return " AND ".join(f"t.{name} = s.{name}" for name in table.primary_key.columns.keys())  # noqa: SIM118 - no dict: it iterates over columns


def differs(table: Table) -> str:
    """That a row is not as its staged one: what that leaves out and cannot be null stays as it is."""
    columns = _values(table)
    here = ", ".join(f"t.{column.name}" for column in columns)
    return f"ROW({here}) IS DISTINCT FROM ROW({', '.join(map(_kept, columns))})"


def whole_rows(table: Table) -> str:
    """The staged rows with all that they leave out."""
    columns = ", ".join(f"{_whole(column)} AS {column.name}" for column in table.columns)
    return f"(SELECT s.line, {columns} FROM {stage_of(table)} s LEFT JOIN {table.name} t ON {same_key(table)})"


def _values(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if not column.primary_key]


def _inserted(column: Column[Any]) -> str:
    default = default_of(column)
    return f"s.{column.name}" if default is None else f"COALESCE(s.{column.name}, {default})"


def _kept(column: Column[Any]) -> str:
    return f"s.{column.name}" if default_of(column) is None else f"COALESCE(s.{column.name}, t.{column.name})"


def _whole(column: Column[Any]) -> str:
    default = default_of(column)
    return f"s.{column.name}" if default is None else f"COALESCE(s.{column.name}, t.{column.name}, {default})"
