"""What running executions needs of their jobs, read for many at once.

What jobs of one revision have in common is read once for all of them.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.domain.execution_records import LaunchInputs, TypeInputs
from jobsvc.domain.trace_context import stored_trace

OF_EXECUTIONS = text("""
    SELECT j.id, e.exe_num, e.cluster_id, e.timeout, CAST(j.input AS text), j.input_file_size, CAST(j.configuration AS text),
           j.recipe_id, j.batch_id, j.job_type_id, j.job_type_rev_id,
           COALESCE(CAST(e.resources #>> '{resources,mem}' AS float8), 0),
           (SELECT CAST(v.description -> 'trace' AS text) FROM event v WHERE v.id = j.event_id), CAST(NULL AS text)
    FROM unnest(CAST(:ids AS bigint[])) WITH ORDINALITY AS c(id, place)
        JOIN execution e ON e.id = c.id JOIN job j ON j.id = e.job_id
    ORDER BY c.place
""")
OF_REVISIONS = text("""
    SELECT r.id, t.id, t.name, t.version, CAST(t.configuration AS text), CAST(t.secrets AS text), r.docker_image,
           CAST(r.manifest AS text)
    FROM job_type_revision r JOIN job_type t ON t.id = r.job_type_id WHERE r.id = ANY(CAST(:ids AS bigint[]))
""")


class LaunchFacts(NamedTuple):
    """What is read for each job: documents are JSON as text."""

    job_id: int
    exe_num: int
    cluster_id: str
    timeout: int | None
    input: str | None
    input_file_size: float | None
    configuration: str | None
    recipe_id: int | None
    batch_id: int | None
    job_type_id: int
    job_type_rev_id: int
    memory: float
    trace: str | None
    avoided_node: str | None


class LaunchInputReader:
    """Reads launch inputs."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of_executions(self, ids: Sequence[int]) -> list[LaunchInputs]:
        """Those of executions that there are, in this sequence."""
        rows = await self._connection.execute(OF_EXECUTIONS, {"ids": list(ids)})
        return await self.complete([LaunchFacts(*row) for row in rows])

    async def complete(self, facts: Sequence[LaunchFacts]) -> list[LaunchInputs]:
        """The facts of jobs together with what their revisions and types say."""
        if not facts:
            return []
        rows = await self._connection.execute(OF_REVISIONS, {"ids": list({item.job_type_rev_id for item in facts})})
        types = {row[0]: _of_type(row) for row in rows}
        return [_inputs(item, types[item.job_type_rev_id]) for item in facts]


def _of_type(row: Sequence[Any]) -> TypeInputs:
    _, job_type_id, name, version, configuration, secrets, image, manifest = row
    return TypeInputs(job_type_id, name, version, orjson.loads(configuration), orjson.loads(secrets), image, manifest)


def _inputs(facts: LaunchFacts, of_type: TypeInputs) -> LaunchInputs:
    return LaunchInputs(
        facts.job_id,
        facts.exe_num,
        facts.cluster_id,
        facts.timeout,
        _document(facts.input),
        facts.input_file_size,
        _document(facts.configuration),
        facts.recipe_id,
        facts.batch_id,
        of_type,
        facts.memory,
        stored_trace(_document(facts.trace)),
        facts.avoided_node,
    )


def _document(json: str | None) -> Any:
    return None if json is None else orjson.loads(json)
