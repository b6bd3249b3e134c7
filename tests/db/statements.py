"""Watches what a use case asks of the database, and how the database would go about it."""

from types import TracebackType
from typing import Any, Self
from unittest.mock import patch

import asyncpg
from sqlalchemy import event

from jobsvc.db.database import Database


class Statements:
    """The statements that are run inside of the block."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.run: list[tuple[str, Any]] = []

    def __enter__(self) -> Self:
        event.listen(self._db.engine.sync_engine, "before_cursor_execute", self._note)
        fetch = asyncpg.Connection.fetch

        async def noted(connection: Any, statement: str, *parameters: Any) -> Any:
            """Of what goes to the driver itself SQLAlchemy knows nothing."""
            self._note(None, None, statement, parameters)
            return await fetch(connection, statement, *parameters)

        self._watching = patch.object(asyncpg.Connection, "fetch", noted)
        self._watching.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        event.remove(self._db.engine.sync_engine, "before_cursor_execute", self._note)
        self._watching.stop()

    def __len__(self) -> int:
        return len(self.run)

    def _note(self, _connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if not statement.startswith(("SET", "RESET")):
            self.run.append((statement, parameters))

    async def plans(self) -> dict[str, str]:
        """How PostgreSQL would run each of them (it does not)."""
        plans = {}
        async with self._db.engine.connect() as connection:
            for statement, parameters in self.run:
                rows = await connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
                plans[statement] = "\n".join(rows.scalars())
        return plans
