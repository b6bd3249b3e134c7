"""Views of lists by name."""

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.paging import page_of
from jobsvc.db.row_mapper import mapper_of
from jobsvc.db.tables import SavedViewRow
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.saved_views import SavedView

_VIEW = mapper_of(SavedView, SavedViewRow)
_ALL = select(*_VIEW.columns)


class SavedViewRepository:
    """Reads and writes views."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def page(self, request: PageRequest) -> Page[SavedView]:
        """All views, by name."""
        return await page_of(self._connection, _ALL.order_by(SavedViewRow.name), request, _VIEW.read, select(SavedViewRow.id))

    async def lock(self, name: str) -> SavedView:
        """A view that nobody else changes before the end of the transaction; raises NotFound."""
        return await _VIEW.one(self._connection, _ALL.where(SavedViewRow.name == name).with_for_update(), "View", name)

    async def put(self, name: str, query: str, owner: str) -> tuple[SavedView, bool]:
        """Make a view; where there is one of this name, leave it, lock it, and say so."""
        adding = insert(SavedViewRow).values(name=name, query=query, created_by=owner)
        added = (await self._connection.execute(adding.on_conflict_do_nothing().returning(*_VIEW.columns))).first()
        return (_VIEW.read(added), True) if added else (await self.lock(name), False)

    async def change(self, name: str, query: str) -> None:
        """Have a view show something else."""
        await self._connection.execute(update(SavedViewRow).where(SavedViewRow.name == name).values(query=query))

    async def remove(self, name: str) -> None:
        """Delete a view."""
        await self._connection.execute(delete(SavedViewRow).where(SavedViewRow.name == name))
