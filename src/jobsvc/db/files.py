"""Files of workspaces."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, insert, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import mappers
from jobsvc.db.clauses import ids as ids_clause
from jobsvc.db.counting.files import number_of_files
from jobsvc.db.file_pages import HELP, file_ids
from jobsvc.db.paging import ids_of_page
from jobsvc.db.resolving import resolved, selects_nothing
from jobsvc.db.row_mapper import RowMapper, mapper_of
from jobsvc.db.tables import BatchRow, FileRow, JobTypeRow, RecipeTypeRow, WorkspaceRow
from jobsvc.db.time_limits import time_limit
from jobsvc.domain.filters import FileFilter
from jobsvc.domain.ids import storable_id
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.records import FileColumns, FileItem
from jobsvc.domain.sorting import FileOrderField, SortKey
from jobsvc.domain.writes import FileDetails, FileInsert

_ITEM = RowMapper(
    FileItem,
    file=mapper_of(FileColumns, FileRow),
    workspace=mappers.WORKSPACE,
    job_type=mappers.JOB_TYPE.optional,
    recipe_type=mappers.RECIPE_TYPE.optional,
    batch=mappers.BATCH.optional,
)


class FileRepository:
    """Reads and writes files."""

    def __init__(self, connection: AsyncConnection, list_seconds: float) -> None:
        """`list_seconds` is how long a list may take that no index serves."""
        self._connection = connection
        self._list_seconds = list_seconds

    async def page(self, criteria: FileFilter, order: Sequence[SortKey[FileOrderField]], request: PageRequest) -> Page[FileItem]:
        """A page of files.

        Raises:
            InvalidPage: Beyond the end.
            DatabaseBusy: It takes too long, which no index can help; the text says what would.
        """
        criteria = await resolved(self._connection, criteria)
        async with time_limit(self._connection, self._list_seconds, HELP):
            counting = select(number_of_files(criteria))
            count = 0 if selects_nothing(criteria) else (await self._connection.execute(counting)).scalar_one()
            ids = await ids_of_page(
                self._connection, request, count, lambda window: file_ids(criteria, tuple(order), window, count)
            )
        items = await self.by_ids(ids.items) if ids.items else {}
        return ids.of([items[id_] for id_ in ids.items if id_ in items])

    async def get(self, file_id: int) -> FileItem:
        """A file by its id.

        Raises:
            NotFound: There is none.
        """
        return await _ITEM.one(self._connection, _query().where(FileRow.id == storable_id(file_id)), "File", file_id)

    async def by_ids(self, ids: Collection[int]) -> dict[int, FileItem]:
        """The files with these ids that there are."""
        query = _query().where(ids_clause(FileRow.id)(ids))
        return {item.file.id: item for item in await _ITEM.all(self._connection, query)}

    async def add(self, file: FileInsert) -> int | None:
        """Store a file; None when the workspace has one at that path already."""
        statement = postgresql.insert(FileRow).values(**file.columns).on_conflict_do_nothing().returning(FileRow.id)
        return (await self._connection.execute(statement)).scalar_one_or_none()

    async def add_all(self, files: Sequence[FileInsert]) -> list[int]:
        """Store many files; returns their ids in the same sequence."""
        if not files:
            return []
        statement = insert(FileRow).returning(FileRow.id, sort_by_parameter_order=True)
        return list((await self._connection.execute(statement, [file.columns for file in files])).scalars())

    async def change(self, file_id: int, details: FileDetails) -> None:
        """Change what is known of a file."""
        await self._connection.execute(update(FileRow).where(FileRow.id == file_id).values(**details.columns))

    async def find_id_at(self, workspace_id: int, file_path: str) -> int | None:
        """The id of the file that lies at a path of a workspace, None where none lies."""
        query = select(FileRow.id).where(
            FileRow.workspace_id == workspace_id, FileRow.file_path == file_path, ~FileRow.is_deleted
        )
        return (await self._connection.execute(query)).scalar_one_or_none()


def _query() -> Select[Any]:
    return (
        select(*_ITEM.columns)
        .select_from(FileRow)
        .join(WorkspaceRow, WorkspaceRow.id == FileRow.workspace_id)
        .outerjoin(JobTypeRow, JobTypeRow.id == FileRow.job_type_id)
        .outerjoin(RecipeTypeRow, RecipeTypeRow.id == FileRow.recipe_type_id)
        .outerjoin(BatchRow, BatchRow.id == FileRow.batch_id)
    )
