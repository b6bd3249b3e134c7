"""Records out of rows: each field of a record names the column, or the record, that it is read from."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Executable
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from jobsvc.domain.errors import NotFound

T = TypeVar("T")
_BY_PLACE = {"_result_disable_adapt_to_context": True}
"""Of results that are read by place: else SQLAlchemy prepares to be asked by columns, and compares them all. A version of
it that does not know this only takes longer."""
Column = ColumnElement[Any] | InstrumentedAttribute[Any]


class RowMapper(Generic[T]):
    """The columns of a record, and the record of a row that begins with them.

    `parts` are called like the parameters of `make`, a record or a function that gives one: each is a column, or the mapper
    of a record that is part of it. Names alone say what belongs together: no query and no caller counts columns.
    """

    def __init__(self, make: Callable[..., T], /, **parts: "Column | RowMapper[Any]") -> None:
        self._make = make
        self._parts = _in_sequence(make, parts)
        self._build = _by_keywords(make, tuple(self._parts)) if _takes_keywords(make) else make
        self.columns = tuple(column for part in self._parts.values() for column in _columns(part))
        """All of them, in the sequence in which a query has to select them first."""
        self.read: Callable[[Sequence[Any]], T] = self.reader(0)
        """The record of a row; what else the row has follows the columns."""

    @property
    def by_path(self) -> dict[str, Column]:
        """The columns by the fields that lead to them, as `job_type.name`."""
        paths: dict[str, Column] = {}
        for name, part in self._parts.items():
            if isinstance(part, RowMapper):
                paths |= {f"{name}.{path}": column for path, column in part.by_path.items()}
            else:
                paths[name] = part
        return paths

    @property
    def optional(self) -> "RowMapper[T | None]":
        """The same for a record that an outer join may not have: None where its first column, the id, is null."""
        return _OptionalMapper(self._make, **self._parts)

    def reader(self, at: int) -> Callable[[Sequence[Any]], T]:
        """The same for rows in which the columns begin at an offset, as those of a part do."""
        build, end = self._build, at + len(self.columns)
        if not any(isinstance(part, RowMapper) for part in self._parts.values()):
            return lambda row: build(*row[at:end])
        readers = tuple(_readers(self._parts.values(), at))
        return lambda row: build(*[read(row) for read in readers])

    async def first(
        self, connection: AsyncConnection, query: Executable, parameters: Mapping[str, Any] | None = None
    ) -> T | None:
        """The record of the first row that a query gives, None when it gives none."""
        row = (await connection.execute(query, parameters, execution_options=_BY_PLACE)).first()
        return None if row is None else self.read(row)

    async def one(
        self,
        connection: AsyncConnection,
        query: Executable,
        what: str,
        key: object,
        parameters: Mapping[str, Any] | None = None,
    ) -> T:
        """The record of the row that a query looks for by a key.

        Raises:
            NotFound: In these words, when there is none.
        """
        record = await self.first(connection, query, parameters)
        if record is None:
            raise NotFound(what, key)
        return record

    async def all(self, connection: AsyncConnection, query: Executable, parameters: Mapping[str, Any] | None = None) -> list[T]:
        """The records of all rows that a query gives."""
        rows = await connection.execute(query, parameters, execution_options=_BY_PLACE)
        return [self.read(row) for row in rows]


class _OptionalMapper(RowMapper[T | None]):
    def reader(self, at: int) -> Callable[[Sequence[Any]], T | None]:
        read = super().reader(at)
        return lambda row: None if row[at] is None else read(row)


def mapper_of(make: Callable[..., T], table: Any, **parts: "Column | RowMapper[Any]") -> RowMapper[T]:
    """A mapper of the columns that the table (or an alias of it) has by the names of the fields, and of these parts."""
    names = (name for name in _parameters(make) if name not in parts and hasattr(table, name))
    return RowMapper(make, **{name: getattr(table, name) for name in names}, **parts)


def _parameters(make: Callable[..., Any]) -> list[str]:
    return [name for name, parameter in inspect.signature(make).parameters.items() if parameter.kind != parameter.VAR_KEYWORD]


def _takes_keywords(make: Callable[..., Any]) -> bool:
    return any(parameter.kind == parameter.VAR_KEYWORD for parameter in inspect.signature(make).parameters.values())


def _by_keywords(make: Callable[..., T], names: Sequence[str]) -> Callable[..., T]:
    return lambda *values: make(**dict(zip(names, values, strict=True)))


def _in_sequence(
    make: Callable[..., Any], parts: Mapping[str, "Column | RowMapper[Any]"]
) -> dict[str, "Column | RowMapper[Any]"]:
    """The parts in the sequence of the parameters.

    Raises:
        TypeError: For those that do not fit them.
    """
    names = list(parts) if _takes_keywords(make) else _parameters(make)[: len(parts)]
    if set(names) != set(parts):
        raise TypeError(f"{make.__name__} takes {', '.join(_parameters(make))}, not {', '.join(parts)}.")
    return {name: parts[name] for name in names}


def _columns(part: "Column | RowMapper[Any]") -> tuple[Column, ...]:
    return part.columns if isinstance(part, RowMapper) else (part,)


def _readers(parts: Iterable["Column | RowMapper[Any]"], at: int) -> Iterator[Callable[[Sequence[Any]], Any]]:
    for part in parts:
        yield part.reader(at) if isinstance(part, RowMapper) else itemgetter(at)
        at += len(_columns(part))
