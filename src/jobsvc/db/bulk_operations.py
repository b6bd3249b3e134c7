"""Bulk operations: stored commands, and how far they are."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import channels
from jobsvc.db.clauses import MAX_ID
from jobsvc.db.tables import BulkOperationRow
from jobsvc.domain.bulk import BulkOperation
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.status import BulkKind, BulkState

_COLUMNS = [
    "id",
    "kind",
    "state",
    "filter",
    "priority",
    "requested_by",
    "max_job_id",
    "last_job_id",
    "matched",
    "processed",
    "done",
    "not_eligible",
    "conflict",
    "error",
    "stop_requested",
    "created",
    "started",
    "ended",
]


class BulkOperationRepository:
    """Reads and writes bulk operations."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, values: Mapping[str, Any]) -> int:
        """Store an accepted command; whoever processes bulk operations is notified after the commit."""
        statement = insert(BulkOperationRow).values(**values).returning(BulkOperationRow.id)
        operation_id = (await self._connection.execute(statement)).scalar_one()
        await channels.notify(self._connection, channels.BULK, str(operation_id))
        return operation_id

    async def take(self, operation_id: int) -> BulkOperation | None:
        """Lock an operation that is not done; None when it is, or when somebody else works on it at this moment."""
        # The key goes to who waits for it the moment that it is let go of, so that a stop comes before the next chunk.
        free = func.pg_try_advisory_xact_lock(*_key(operation_id))
        query = _query().where(BulkOperationRow.id == operation_id, BulkOperationRow.ended.is_(None), free)
        row = (await self._connection.execute(query.with_for_update(skip_locked=True))).first()
        return _operation(row) if row is not None else None

    async def open_ids(self) -> list[int]:
        """Operations that are not done, the oldest first."""
        query = select(BulkOperationRow.id).where(BulkOperationRow.ended.is_(None)).order_by(BulkOperationRow.id)
        return list((await self._connection.execute(query)).scalars())

    async def change(self, operation_id: int, values: Mapping[str, Any]) -> None:
        """Change columns of an operation."""
        statement = update(BulkOperationRow).where(BulkOperationRow.id == operation_id)
        await self._connection.execute(statement.values(**values))

    async def stop(self, operation_id: int, now: datetime) -> None:
        """End an operation behind the chunk that is being worked on, which this waits for; one that is done stays as it is."""
        if not 0 < operation_id <= MAX_ID:
            return
        await self._connection.execute(select(func.pg_advisory_xact_lock(*_key(operation_id))))
        statement = update(BulkOperationRow).where(BulkOperationRow.id == operation_id, BulkOperationRow.ended.is_(None))
        await self._connection.execute(statement.values(state=BulkState.STOPPED, ended=now, stop_requested=True))

    async def get(self, operation_id: int) -> BulkOperation | None:
        """An operation by its id."""
        if not 0 < operation_id <= MAX_ID:
            return None
        row = (await self._connection.execute(_query().where(BulkOperationRow.id == operation_id))).first()
        return _operation(row) if row is not None else None

    async def page(self, request: PageRequest) -> Page[BulkOperation]:
        """All operations, the latest first."""
        count = (await self._connection.execute(select(func.count()).select_from(BulkOperationRow))).scalar_one()
        number = request.locate(count)
        query = _query().order_by(BulkOperationRow.id.desc())
        rows = await self._connection.execute(query.limit(request.size).offset((number - 1) * request.size))
        return Page([_operation(row) for row in rows], count, number, request.size)


def _key(operation_id: int) -> tuple[Any, int]:
    """Of the advisory lock that whoever works on an operation, or stops it, holds meanwhile."""
    return func.hashtext("jobsvc.bulk_operation"), operation_id % 2**31


def _query() -> Select[Any]:
    return select(*(getattr(BulkOperationRow, name) for name in _COLUMNS))


def _operation(row: Sequence[Any]) -> BulkOperation:
    operation_id, kind, state, criteria, *rest = row
    return BulkOperation(operation_id, BulkKind(kind), BulkState(state), JobFilter.model_validate(criteria), *rest)
