"""Files of workspaces."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Row, Select, any_, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import column_groups
from jobsvc.db.clauses import MAX_ID, where_file
from jobsvc.db.sorting import columns_of, sort
from jobsvc.db.tables import BatchRow, FileRow, JobInputFileRow, JobTypeRow, RecipeTypeRow, WorkspaceRow
from jobsvc.domain.filters import FileFilter
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.records import FileItem
from jobsvc.domain.sorting import FileOrderField, SortKey

_PARTS = (column_groups.FILE, column_groups.WORKSPACE, column_groups.JOB_TYPE, column_groups.RECIPE_TYPE, column_groups.BATCH)
_AT = column_groups.offsets(*_PARTS)
FILE_ORDER = columns_of(
    FileOrderField, FileRow, workspace=WorkspaceRow, job_type=JobTypeRow, recipe_type=RecipeTypeRow, batch=BatchRow
)
OLDEST_FIRST = (SortKey(FileOrderField.LAST_MODIFIED),)


class FileRepository:
    """Reads and writes files."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def page(
        self, criteria: FileFilter, request: PageRequest, order: Sequence[SortKey[FileOrderField]] = OLDEST_FIRST
    ) -> Page[FileItem]:
        """A page of files, by `last_modified` unless an order is named (docs/spec/behaviour/job-details.md#input-files).

        Raises InvalidPage beyond the end.
        """
        conditions = where_file(criteria)
        counting = select(func.count()).select_from(FileRow).where(*conditions)
        count = (await self._connection.execute(counting)).scalar_one()
        number = request.locate(count)
        query = sort(_query().where(*conditions), order, FILE_ORDER, FileRow.id)
        rows = await self._connection.execute(query.limit(request.size).offset((number - 1) * request.size))
        return Page([_item(row) for row in rows], count, number, request.size)

    async def get(self, file_id: int) -> FileItem | None:
        """A file by its id."""
        if not 0 < file_id <= MAX_ID:
            return None
        row = (await self._connection.execute(_query().where(FileRow.id == file_id))).first()
        return _item(row) if row is not None else None

    async def by_ids(self, ids: Collection[int]) -> dict[int, FileItem]:
        """The files with these ids that there are."""
        possible = sorted(value for value in ids if 0 < value <= MAX_ID)
        rows = await self._connection.execute(_query().where(FileRow.id == any_(literal(possible, ARRAY(BigInteger)))))
        return {item.file.id: item for item in map(_item, rows)}

    async def add(self, values: Mapping[str, Any]) -> int | None:
        """Store a file; None when the workspace has one at that path already."""
        statement = postgresql.insert(FileRow).values(**values).on_conflict_do_nothing().returning(FileRow.id)
        return (await self._connection.execute(statement)).scalar_one_or_none()

    async def add_all(self, rows: Sequence[Mapping[str, Any]]) -> list[int]:
        """Store many files; returns their ids in the same sequence."""
        if not rows:
            return []
        statement = insert(FileRow).returning(FileRow.id, sort_by_parameter_order=True)
        return list((await self._connection.execute(statement, [dict(row) for row in rows])).scalars())

    async def change(self, file_id: int, values: Mapping[str, Any]) -> None:
        """Change columns of a file."""
        await self._connection.execute(update(FileRow).where(FileRow.id == file_id).values(**values))

    async def id_at(self, workspace_id: int, file_path: str) -> int | None:
        """The id of the file that lies at a path of a workspace."""
        query = select(FileRow.id).where(
            FileRow.workspace_id == workspace_id, FileRow.file_path == file_path, ~FileRow.is_deleted
        )
        return (await self._connection.execute(query)).scalar_one_or_none()

    async def link_inputs(self, job_id: int, inputs: Mapping[str, Sequence[int]]) -> None:
        """Record which files a job reads."""
        rows = [
            {"job_id": job_id, "job_input": name, "position": position, "file_id": file_id}
            for name, file_ids in inputs.items()
            for position, file_id in enumerate(file_ids)
        ]
        if rows:
            await self._connection.execute(insert(JobInputFileRow), rows)


def _query() -> Select[Any]:
    return (
        select(*column_groups.columns(*_PARTS))
        .select_from(FileRow)
        .join(WorkspaceRow, WorkspaceRow.id == FileRow.workspace_id)
        .outerjoin(JobTypeRow, JobTypeRow.id == FileRow.job_type_id)
        .outerjoin(RecipeTypeRow, RecipeTypeRow.id == FileRow.recipe_type_id)
        .outerjoin(BatchRow, BatchRow.id == FileRow.batch_id)
    )


def _item(row: Row[Any]) -> FileItem:
    file, workspace, job_type, recipe_type, batch = _AT
    return FileItem(
        column_groups.FILE.required(row, file),
        column_groups.WORKSPACE.required(row, workspace),
        column_groups.JOB_TYPE.optional(row, job_type),
        column_groups.RECIPE_TYPE.optional(row, recipe_type),
        column_groups.BATCH.optional(row, batch),
    )
