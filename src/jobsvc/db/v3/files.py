"""Files, as the older generation shows them with the jobs that read or made them."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, BigInteger, Select, any_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.row_mapper import RowMapper, mapper_of
from jobsvc.db.tables import FileRow, JobInputFileRow, WorkspaceRow
from jobsvc.domain.v3.records import V3File

_FILE = mapper_of(
    V3File,
    FileRow,
    workspace_id=WorkspaceRow.id,
    workspace_name=WorkspaceRow.name,
    base_url=WorkspaceRow.base_url,
    data_type=FileRow.data_type_tags,
)


class InputOfJob(NamedTuple):
    """A file that a job reads."""

    job_id: int
    file: V3File


_INPUT = RowMapper(InputOfJob, job_id=JobInputFileRow.job_id, file=_FILE)


class V3FileRepository:
    """Reads files."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of_job(self, job_id: int, ids: Collection[int]) -> dict[int, V3File]:
        """The files with these ids, and all that a job has made, by id."""
        files = await _FILE.all(self._connection, _OF_JOB, {"job_id": job_id, "ids": list(ids)})
        return {file.id: file for file in files}

    async def inputs(self, job_ids: Sequence[int]) -> dict[int, list[V3File]]:
        """By job the files that it reads, each once, in the sequence of its inputs."""
        if not job_ids:
            return {}
        result: dict[int, dict[int, V3File]] = {}
        for job_id, file in await _INPUT.all(self._connection, _INPUTS, {"ids": job_ids}):
            result.setdefault(job_id, {}).setdefault(file.id, file)
        return {job_id: list(files.values()) for job_id, files in result.items()}


def _query(mapper: RowMapper[Any]) -> Select[Any]:
    return select(*mapper.columns).select_from(FileRow).join(WorkspaceRow, WorkspaceRow.id == FileRow.workspace_id)


_ids = bindparam("ids", type_=ARRAY(BigInteger))
_OF_JOB = _query(_FILE).where((FileRow.id == any_(_ids)) | (FileRow.job_id == bindparam("job_id"))).order_by(FileRow.id)
_INPUTS = (
    _query(_INPUT)
    .join(JobInputFileRow, JobInputFileRow.file_id == FileRow.id)
    .where(JobInputFileRow.job_id == any_(_ids))
    .order_by(JobInputFileRow.job_id, JobInputFileRow.job_input, JobInputFileRow.position)
)
