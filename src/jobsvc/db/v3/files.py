"""Files, as the older generation shows them with the jobs that read or made them."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Select, any_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import column_groups
from jobsvc.db.tables import FileRow, JobInputFileRow, WorkspaceRow
from jobsvc.domain.v3.records import V3File

_FILE = column_groups.ColumnGroup(
    V3File,
    (
        FileRow.id,
        WorkspaceRow.id,
        WorkspaceRow.name,
        WorkspaceRow.base_url,
        FileRow.file_path,
        FileRow.file_name,
        FileRow.media_type,
        FileRow.file_size,
        FileRow.data_type_tags,
        FileRow.is_deleted,
        FileRow.uuid,
        FileRow.created,
        FileRow.deleted,
        FileRow.data_started,
        FileRow.data_ended,
        FileRow.geometry,
        FileRow.center_point,
        FileRow.meta_data,
        FileRow.countries,
        FileRow.last_modified,
        FileRow.is_operational,
        FileRow.is_published,
        FileRow.has_been_published,
        FileRow.published,
        FileRow.unpublished,
        FileRow.job_type_id,
        FileRow.job_id,
        FileRow.job_exe_id,
    ),
)


class V3FileRepository:
    """Reads files."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of_job(self, job_id: int, ids: Collection[int]) -> dict[int, V3File]:
        """The files with these ids, and all that a job has made, by id."""
        rows = await self._connection.execute(_OF_JOB, {"job_id": job_id, "ids": list(ids)})
        return {row[0]: _FILE.required(row, 0) for row in rows}

    async def inputs(self, job_ids: Sequence[int]) -> dict[int, list[V3File]]:
        """By job the files that it reads, each once, in the sequence of its inputs."""
        if not job_ids:
            return {}
        result: dict[int, dict[int, V3File]] = {}
        for row in await self._connection.execute(_INPUTS, {"ids": job_ids}):
            result.setdefault(row[-1], {}).setdefault(row[0], _FILE.required(row, 0))
        return {job_id: list(files.values()) for job_id, files in result.items()}


def _query(*more: Any) -> Select[Any]:
    return select(*_FILE.columns, *more).join(WorkspaceRow, WorkspaceRow.id == FileRow.workspace_id)


_ids = bindparam("ids", type_=ARRAY(BigInteger))
_OF_JOB = _query().where((FileRow.id == any_(_ids)) | (FileRow.job_id == bindparam("job_id"))).order_by(FileRow.id)
_INPUTS = (
    _query(JobInputFileRow.job_id)
    .join(JobInputFileRow, JobInputFileRow.file_id == FileRow.id)
    .where(JobInputFileRow.job_id == any_(_ids))
    .order_by(JobInputFileRow.job_id, JobInputFileRow.job_input, JobInputFileRow.position)
)
