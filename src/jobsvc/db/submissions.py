"""New jobs: what is looked at before they are stored, and the one statement that stores any number of them.

The statement stands for itself: events, jobs, the files that they read, their places in the queue and the key of the request
are written together or not at all, also without a transaction around it.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ARRAY, BigInteger, Text, any_, bindparam, cast, literal_column, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import channels, mappers
from jobsvc.db.job_statements import LATEST_VERSION, NUM_VERSIONS
from jobsvc.db.job_types import DETAILS
from jobsvc.db.pending import BESIDE_TYPE, OF_TYPE
from jobsvc.db.queue_rules import TIMEOUT, TYPE_PRIORITY, sql_of
from jobsvc.db.row_mapper import RowMapper, mapper_of
from jobsvc.db.tables import FileRow, JobTypeRevisionRow, JobTypeRow
from jobsvc.domain.pending import PendingFacts
from jobsvc.domain.records import Document, JobTypeDetails, RevisionDetails
from jobsvc.domain.trace_context import TRACE
from jobsvc.domain.writes import InputFile, JobInsert, RequestKey, SourceMetadata

_SOURCE = {"source_started": "timestamptz", "source_ended": "timestamptz"}
_COLUMNS = {
    "job_type_id": "bigint",
    "job_type_rev_id": "bigint",
    "max_tries": "bigint",
    "input": "jsonb",
    "configuration": "jsonb",
    "input_file_size": "double precision",
    **{name: _SOURCE.get(name, "text") for name in SourceMetadata._fields},
}
"""What comes for each job, and the types of it."""
_OWN = ", ".join(_COLUMNS)
_ALL = f"{_OWN}, not_before, after, after_items, initial, labels"
_BESIDE = "not_before timestamptz, after bigint[], after_items int[], initial text, labels jsonb"
_TYPED = ", ".join([*(f"{name} {kind}" for name, kind in _COLUMNS.items()), _BESIDE])


class TypeState(NamedTuple):
    """What may change of a job type from one moment to the next; `row_version` changes with everything else of it."""

    id: int
    row_version: int
    num_versions: int
    latest_version: str
    facts: PendingFacts


class StoredType(NamedTuple):
    """A job type with its current revision, as of a version of its row."""

    row_version: int
    details: JobTypeDetails
    revision: RevisionDetails


class NewRow(NamedTuple):
    """A job that was stored: its documents as they came back, where they were asked for."""

    id: int
    event_id: int
    input: Document | None = None
    configuration: Document | None = None


_ids = bindparam("ids", type_=ARRAY(BigInteger))
_ROW_VERSION = cast(cast(literal_column("job_type.xmin"), Text), BigInteger)
"""The transaction that wrote the row: any change of a row makes it another one."""
_TYPE = RowMapper(StoredType, row_version=_ROW_VERSION, details=DETAILS, revision=mappers.REVISION_DETAILS)
_TYPES = (
    select(*_TYPE.columns)
    .join(
        JobTypeRevisionRow,
        (JobTypeRevisionRow.job_type_id == JobTypeRow.id) & (JobTypeRevisionRow.revision_num == JobTypeRow.revision_num),
    )
    .where(JobTypeRow.id == any_(_ids))
)
_FILE = mapper_of(InputFile, FileRow)
_FILES = select(*_FILE.columns).where(FileRow.id == any_(_ids))
_TYPE_NOW = select(
    JobTypeRow.id,
    JobTypeRow.is_paused,
    JobTypeRow.paused,
    JobTypeRow.max_scheduled,
    JobTypeRow.configuration,
    JobTypeRow.unmet_resources,
    _ROW_VERSION.label("row_version"),
    NUM_VERSIONS.label("num_versions"),
    LATEST_VERSION.label("latest_version"),
)
_STATES = text(f"""
    SELECT t.id, t.row_version, t.num_versions, t.latest_version, true AS is_queued, {OF_TYPE},
           CAST(NULL AS timestamptz) AS not_before, CAST(NULL AS text) AS waits_for, false AS has_lease,
           string_to_array(t.unmet_resources, ',') AS unmet
    FROM ({sql_of(_TYPE_NOW)}) t {BESIDE_TYPE}
    WHERE t.id = ANY(CAST(:ids AS bigint[]))
""")  # noqa: S608 - what is put in is our own


_WITH_DOCUMENTS = "SELECT id, event_id, input, configuration"
_STORING = f"""
    WITH one AS MATERIALIZED (
        SELECT n, nextval('job_id_seq') AS id, nextval('event_id_seq') AS event_id, {_ALL}
        FROM ROWS FROM (jsonb_to_recordset(CAST(:jobs AS jsonb)) AS ({_TYPED}))
            WITH ORDINALITY AS g({_ALL}, n)
    ), keyed AS (
        INSERT INTO idempotency_key (key, body_digest, job_id, job_ids, refused)
        SELECT CAST(:key AS text), CAST(:digest AS text), CASE WHEN NOT CAST(:is_many AS boolean) THEN min(id) END,
               CASE WHEN :is_many THEN COALESCE(array_agg(id ORDER BY n), '{{}}') END,
               CASE WHEN :is_many THEN CAST(:refused AS jsonb) END
        FROM one HAVING CAST(:key AS text) IS NOT NULL
        ON CONFLICT DO NOTHING
        RETURNING key
    ), new AS MATERIALIZED (
        SELECT * FROM one WHERE CAST(:key AS text) IS NULL OR EXISTS (SELECT FROM keyed)
    ), kind AS MATERIALIZED (
        SELECT id, {sql_of(TYPE_PRIORITY)} AS priority, {sql_of(TIMEOUT)} AS timeout
        FROM job_type WHERE id IN (SELECT job_type_id FROM one)
    ), events AS (
        INSERT INTO event (id, type, description, occurred)
        SELECT event_id, 'USER', jsonb_build_object('user', CAST(:user AS text)) || CAST(:trace AS jsonb),
               CAST(:now AS timestamptz) FROM new ORDER BY n
    ), jobs AS (
        INSERT INTO job (id, event_id, {_OWN}, status, num_exes, queued, last_status_change, created, last_modified)
        SELECT id, event_id, {_OWN}, COALESCE(initial, 'QUEUED'), CASE WHEN initial IS NULL THEN 1 ELSE 0 END,
               CASE WHEN initial IS NULL THEN CAST(:now AS timestamptz) END, :now, :now, :now
        FROM new ORDER BY n
    ), parents AS (
        INSERT INTO job_dependency (job_id, parent_id, is_met, not_before)
        SELECT new.id, p.id, j.status = 'COMPLETED', new.not_before
        FROM new, unnest(new.after) AS p(id), job j WHERE j.id = p.id
        UNION ALL SELECT new.id, sibling.id, false, new.not_before
        FROM new, unnest(new.after_items) AS p(place), new sibling WHERE sibling.n = p.place + 1
    ), inputs AS (
        INSERT INTO job_input_file (job_id, job_input, position, file_id)
        SELECT new.id, named.key, file.position - 1, CAST(file.id AS bigint)
        FROM new, jsonb_each(new.input -> 'files') AS named,
             jsonb_array_elements_text(named.value) WITH ORDINALITY AS file(id, position)
        ORDER BY n
    ), labels AS (
        INSERT INTO job_label (job_id, key, value)
        SELECT new.id, l.key, l.value FROM new, jsonb_each_text(new.labels) AS l WHERE new.labels IS NOT NULL ORDER BY n
    ), queued AS (
        INSERT INTO queue (job_id, job_type_id, exe_num, priority, timeout, input_file_size, queued, not_before)
        SELECT new.id, new.job_type_id, 1, COALESCE(CAST(new.configuration ->> 'priority' AS bigint), kind.priority),
               kind.timeout, new.input_file_size, :now,
               CASE WHEN new.not_before > now() THEN new.not_before END
        FROM new JOIN kind ON kind.id = new.job_type_id WHERE new.initial IS NULL ORDER BY n
    )
    {_WITH_DOCUMENTS}, (SELECT pg_notify('{channels.QUEUE}', '')), set_config('jobsvc.actor', CAST(:user AS text), true)
    FROM new ORDER BY n
"""  # noqa: S608 - what is put in are names of our own


_STORE_MANY = text(_STORING.replace(_WITH_DOCUMENTS, "SELECT id, event_id"))
_STORE_ONE = text(_STORING).columns(id=BigInteger, event_id=BigInteger, input=JSONB, configuration=JSONB)


class SubmissionRepository:
    """Reads what new jobs are checked against, and stores them."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def states(self, job_type_ids: Collection[int], default_engine: str) -> dict[int, TypeState]:
        """What the types of these ids are like at this moment, those that there are; `default_engine` as for `pending`."""
        parameters = {"ids": list(job_type_ids), "default_engine": default_engine}
        return {row.id: _state(*row) for row in await self._connection.execute(_STATES, parameters)}

    async def types(self, job_type_ids: Collection[int]) -> dict[int, StoredType]:
        """The types of these ids with their current revisions, those that there are."""
        result = await _TYPE.all(self._connection, _TYPES, {"ids": list(job_type_ids)})
        return {stored.details.item.job_type.id: stored for stored in result}

    async def files(self, ids: Collection[int]) -> dict[int, InputFile]:
        """What a job takes over of the files of these ids, those that there are."""
        return {file.id: file for file in await _FILE.all(self._connection, _FILES, {"ids": list(ids)})}

    async def store(self, jobs: Sequence[JobInsert], user: str, now: datetime, key: RequestKey | None = None) -> list[NewRow]:
        """Store jobs of a user in their sequence, QUEUED unless they wait for others; nothing when the request's key is taken."""
        rows = (await self._connection.execute(_STORE_MANY, _parameters(jobs, user, now, key))).all()
        return [NewRow(row[0], row[1]) for row in rows]

    async def store_one(self, job: JobInsert, user: str, now: datetime, key: RequestKey | None = None) -> NewRow | None:
        """Store a job with the documents as readers will see them; None when the key is taken."""
        row = (await self._connection.execute(_STORE_ONE, _parameters([job], user, now, key))).first()
        return None if row is None else NewRow(*row[:4])


def _state(type_id: int, row_version: int, num_versions: int, latest_version: str, *facts: Any) -> TypeState:
    return TypeState(type_id, row_version, num_versions, latest_version, PendingFacts(*facts))


def _parameters(jobs: Sequence[JobInsert], user: str, now: datetime, key: RequestKey | None) -> dict[str, Any]:
    return {
        "jobs": orjson.dumps([job.columns for job in jobs], option=orjson.OPT_UTC_Z).decode(),
        "user": user,
        "trace": orjson.dumps({"trace": trace} if (trace := TRACE.get()) else {}).decode(),
        "now": now,
        "key": key and key.key,
        "digest": key and key.body_digest,
        "is_many": bool(key and key.is_many),
        "refused": orjson.dumps(key.refused).decode() if key and key.is_many else None,
    }
