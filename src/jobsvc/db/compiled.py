"""Statements of lists, handed to the driver as they are.

They are asked for all the time, and SQLAlchemy takes longer to bind, run and wrap a statement than the driver does to run it.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.ext.asyncio import AsyncConnection

_DIALECT = dialect()  # type: ignore[no-untyped-call]


class CompiledStatement:
    """A query as the driver takes it: its text, and the values of its parameters in their sequence."""

    def __init__(self, query: Select[Any]) -> None:
        """Whoever runs it gives the values of parameters that the query names without any."""
        compiled = query.compile(dialect=_DIALECT)
        self.text = str(compiled)
        self._values = tuple((name, compiled.params[name]) for name in compiled.positiontup or ())

    def values(self, **values: Any) -> list[Any]:
        """The values of the parameters in their sequence."""
        return [values.get(name, value) for name, value in self._values]

    async def rows(self, connection: AsyncConnection, **values: Any) -> Sequence[Sequence[Any]]:
        """All rows; values go to the driver as they are, for none of these types needs more."""
        return await self.rows_for(connection, self.values(**values))

    async def rows_for(self, connection: AsyncConnection, parameters: Sequence[Any]) -> Sequence[Sequence[Any]]:
        """All rows for the values of all parameters."""
        driver = driver_of(connection)
        if driver is None:
            return (await connection.exec_driver_sql(self.text, tuple(parameters))).all()
        rows: Sequence[Sequence[Any]] = await driver.fetch(self.text, *parameters)
        return rows

    async def value(self, connection: AsyncConnection, **values: Any) -> Any:
        """The first value of the first row."""
        return (await self.rows(connection, **values))[0][0]

    async def column(self, connection: AsyncConnection, **values: Any) -> list[Any]:
        """The first value of each row."""
        return [row[0] for row in await self.rows(connection, **values)]


def driver_of(connection: AsyncConnection) -> Any | None:
    """The driver's connection where each statement stands for itself; None in a transaction, whose begin SQLAlchemy puts off."""
    own = connection.sync_connection
    if own is None or own.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        return None
    return own.connection.driver_connection
