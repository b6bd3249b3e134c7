"""Workspaces."""

from collections.abc import Collection, Sequence

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.clauses import WORKSPACE_CLAUSES, where
from jobsvc.db.mappers import WORKSPACE
from jobsvc.db.paging import page_of
from jobsvc.db.sorting import columns_of, sort
from jobsvc.db.tables import WorkspaceRow
from jobsvc.domain.filters import WorkspaceFilter
from jobsvc.domain.ids import storable_id
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.records import WorkspaceItem
from jobsvc.domain.sorting import SortKey, WorkspaceOrderField
from jobsvc.domain.writes import WorkspaceUpdate

WORKSPACE_ORDER = columns_of(WorkspaceOrderField, WorkspaceRow)


class WorkspaceRepository:
    """Reads and writes workspaces."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def page(
        self, criteria: WorkspaceFilter, order: Sequence[SortKey[WorkspaceOrderField]], request: PageRequest
    ) -> Page[WorkspaceItem]:
        """A page of workspaces.

        Raises:
            InvalidPage: Beyond the end.
        """
        matching = select(*WORKSPACE.columns).where(*where(WORKSPACE_CLAUSES, criteria))
        query = sort(matching, order, WORKSPACE_ORDER, WorkspaceRow.id)
        return await page_of(self._connection, query, request, WORKSPACE.read)

    async def get(self, workspace_id: int) -> WorkspaceItem:
        """A workspace by its id.

        Raises:
            NotFound: There is none.
        """
        query = select(*WORKSPACE.columns).where(WorkspaceRow.id == storable_id(workspace_id))
        return await WORKSPACE.one(self._connection, query, "Workspace", workspace_id)

    async def find(self, id_or_name: int | str) -> WorkspaceItem | None:
        """A workspace by its id or name, None when there is none."""
        query = select(*WORKSPACE.columns)
        if isinstance(id_or_name, int):
            query = query.where(WorkspaceRow.id == storable_id(id_or_name))
        else:
            query = query.where(WorkspaceRow.name == id_or_name)
        return await WORKSPACE.first(self._connection, query)

    async def by_names(self, names: Collection[str]) -> dict[str, WorkspaceItem]:
        """The workspaces of these names that there are."""
        query = select(*WORKSPACE.columns).where(WorkspaceRow.name.in_(sorted(names)))
        return {workspace.name: workspace for workspace in await WORKSPACE.all(self._connection, query)}

    async def names(self, ids: Collection[int]) -> dict[int, str]:
        """The names of the workspaces with these ids that there are, by id."""
        query = select(WorkspaceRow.id, WorkspaceRow.name).where(WorkspaceRow.id.in_(sorted(ids)))
        return {row.id: row.name for row in await self._connection.execute(query)}

    async def host_paths(self) -> list[str]:
        """The directories of all workspaces."""
        path = WorkspaceRow.configuration["broker"]["host_path"].as_string()
        return list(await self._connection.scalars(select(path).where(path.is_not(None)).distinct()))

    async def add(self, workspace: WorkspaceUpdate) -> int | None:
        """Store a new workspace; None when its name is taken."""
        statement = (
            postgresql.insert(WorkspaceRow).values(**workspace.columns).on_conflict_do_nothing().returning(WorkspaceRow.id)
        )
        return (await self._connection.execute(statement)).scalar_one_or_none()

    async def change(self, workspace_id: int, change: WorkspaceUpdate) -> None:
        """Change a workspace."""
        statement = update(WorkspaceRow).where(WorkspaceRow.id == storable_id(workspace_id))
        await self._connection.execute(statement.values(**change.columns))
