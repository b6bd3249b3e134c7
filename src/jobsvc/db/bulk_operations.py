"""Bulk operations: stored commands, and how far they are."""

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import advisory_locks, channels
from jobsvc.db.paging import page_of
from jobsvc.db.row_mapper import RowMapper
from jobsvc.db.tables import BulkOperationRow
from jobsvc.domain.bulk import BulkOperation
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.ids import storable_id
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.status import BulkKind, BulkState
from jobsvc.domain.writes import BulkInsert, BulkUpdate


def _operation(**columns: Any) -> BulkOperation:
    kind, state, criteria = BulkKind(columns["kind"]), BulkState(columns["state"]), JobFilter.model_validate(columns["filter"])
    return BulkOperation(**columns | {"kind": kind, "state": state, "filter": criteria})


_OPERATION = RowMapper(_operation, **{field.name: getattr(BulkOperationRow, field.name) for field in fields(BulkOperation)})
_QUERY = select(*_OPERATION.columns)
_IS_PURGE = BulkOperationRow.kind == BulkKind.PURGE


class BulkOperationRepository:
    """Reads and writes bulk operations."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, operation: BulkInsert) -> int:
        """Store an accepted command; whoever works bulk operations hears of it after the commit."""
        criteria = operation.filter.model_dump(mode="json", exclude_none=True)
        columns = operation._asdict() | {"filter": criteria}
        statement = insert(BulkOperationRow).values(**columns).returning(BulkOperationRow.id)
        operation_id = (await self._connection.execute(statement)).scalar_one()
        await channels.notify(self._connection, channels.BULK, str(operation_id))
        return operation_id

    async def take(self, operation_id: int) -> BulkOperation | None:
        """Lock an operation that is not done; None when it is, or when somebody else works on it at this moment."""
        # The key goes to who waits for it the moment that it is let go of, so that a stop comes before the next chunk.
        free = advisory_locks.tried(advisory_locks.BULK_OPERATION, operation_id)
        query = _QUERY.where(_is(operation_id), BulkOperationRow.ended.is_(None), free)
        return await _OPERATION.first(self._connection, query.with_for_update(skip_locked=True))

    async def open_ids(self, *, purges: bool) -> list[int]:
        """Operations that are not done, the oldest first: those that purge, or all others."""
        is_chosen = _IS_PURGE if purges else ~_IS_PURGE
        query = select(BulkOperationRow.id).where(BulkOperationRow.ended.is_(None), is_chosen).order_by(BulkOperationRow.id)
        return list((await self._connection.execute(query)).scalars())

    async def has_purge(self, since: datetime) -> bool:
        """Whether a purge goes on, or the service has begun one by itself since a time."""
        own = BulkOperationRow.requested_by.is_(None) & (BulkOperationRow.created >= since)
        query = select(BulkOperationRow.id).where(_IS_PURGE, BulkOperationRow.ended.is_(None) | own).limit(1)
        return (await self._connection.execute(query)).first() is not None

    async def change(self, operation_id: int, change: BulkUpdate) -> None:
        """Record how far an operation is."""
        statement = update(BulkOperationRow).where(_is(operation_id))
        await self._connection.execute(statement.values(**change.columns))

    async def stop(self, operation_id: int, now: datetime) -> None:
        """End an operation behind the chunk that is being worked on, which this waits for; one that is done stays as it is."""
        await advisory_locks.lock(self._connection, advisory_locks.BULK_OPERATION, operation_id)
        statement = update(BulkOperationRow).where(_is(operation_id), BulkOperationRow.ended.is_(None))
        await self._connection.execute(statement.values(state=BulkState.STOPPED, ended=now, stop_requested=True))

    async def get(self, operation_id: int) -> BulkOperation:
        """An operation by its id.

        Raises:
            NotFound: There is none.
        """
        return await _OPERATION.one(self._connection, _QUERY.where(_is(operation_id)), "Bulk operation", operation_id)

    async def is_done(self, operation_id: int) -> bool:
        """Whether nothing of an operation is left to do."""
        query = select(BulkOperationRow.id).where(_is(operation_id), BulkOperationRow.ended.is_(None))
        return (await self._connection.execute(query)).first() is None

    async def page(self, kinds: Collection[BulkKind], request: PageRequest) -> Page[BulkOperation]:
        """The operations of some kinds, the latest first."""
        query = _QUERY.where(BulkOperationRow.kind.in_(kinds)).order_by(BulkOperationRow.id.desc())
        return await page_of(self._connection, query, request, _OPERATION.read)


def _is(operation_id: int) -> ColumnElement[bool]:
    return BulkOperationRow.id == storable_id(operation_id)
