"""What an import changes of the rows that a file brings, while they are staged, and what it makes of them afterwards."""
# ruff: noqa: S608 - what is put into statements are names and texts of our own tables, never values

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import channels
from jobsvc.db.queue_rules import PRIORITY, TIMEOUT, sql_of
from jobsvc.db.transfer.stage import Stage, stage_of
from jobsvc.db.transfer.tables import ERROR, EXECUTION, JOB, JOB_TYPE, TABLES, referenced
from jobsvc.domain.builtin_errors import NODE_LOST
from jobsvc.domain.secret_settings import MASK

_ERROR_IDS = text("""
    CREATE TEMPORARY TABLE import_error_ids ON COMMIT DROP AS
    SELECT s.line, s.id AS given, COALESCE(same.is_builtin, false) AS is_builtin,
           COALESCE(same.id, CASE WHEN taken.id IS NULL THEN s.id ELSE highest.id + row_number() OVER of_its_kind END) AS id
    FROM import_error s LEFT JOIN error same ON same.name = s.name AND same.job_type_name IS NOT DISTINCT FROM s.job_type_name
    LEFT JOIN error taken ON taken.id = s.id
    CROSS JOIN (SELECT max(id) AS id FROM (SELECT id FROM error UNION ALL SELECT id FROM import_error) AS ids) AS highest
    WINDOW of_its_kind AS (PARTITION BY same.id, taken.id IS NULL ORDER BY s.line)
""")
_RENUMBERED = text("""
    SELECT m.given AS provided, m.id, s.name, s.job_type_name FROM import_error_ids m JOIN import_error s ON s.line = m.line
    WHERE m.id <> m.given ORDER BY m.given
""")
_RENUMBER_ERRORS = text("UPDATE import_error s SET id = m.id FROM import_error_ids m WHERE m.line = s.line AND m.id <> m.given")
_DROP_BUILTIN = text("DELETE FROM import_error s USING import_error_ids m WHERE m.line = s.line AND m.is_builtin")
_HIGHEST_ERROR = text("SELECT COALESCE(max(id), 0) FROM import_error")

_NODE_LOST = f"(SELECT id FROM error WHERE name = '{NODE_LOST}' AND job_type_name IS NULL)"
_CLOSE_EXECUTIONS = text(f"""
    UPDATE import_execution SET is_changed = true, status = 'FAILED', error_id = {_NODE_LOST},
        ended = GREATEST(queued, started, last_modified), task_results = '{{"version": "1.0", "tasks": []}}'
    WHERE status = 'RUNNING'
""")
_CLOSE_JOBS = text(f"""
    UPDATE import_job SET is_changed = true, status = 'FAILED', error_id = {_NODE_LOST},
        ended = moment, last_status_change = moment
    FROM (SELECT line AS mine, COALESCE(GREATEST(created, queued, started, last_modified), now()) AS moment
          FROM import_job WHERE status = 'RUNNING') AS running
    WHERE line = mine
""")

# A masked value stands for the one that is here, if there is one; so does a secret that the file does not have.
_SEPARATE_SECRETS = f"""
    UPDATE import_job_type s SET is_changed = true,
        configuration = jsonb_set(s.configuration, '{{settings}}', (s.configuration -> 'settings') - a.names),
        secrets = COALESCE(s.secrets, (SELECT t.secrets FROM job_type t WHERE t.id = s.id), '{{}}') || a.secrets
    FROM (SELECT i.line, array_agg(setting.key) AS names,
                 COALESCE(jsonb_object_agg(setting.key, setting.value) FILTER (WHERE jsonb_typeof(setting.value) = 'string'
                          AND setting.value <> '"{MASK}"'), '{{}}') AS secrets
          FROM import_job_type i
          CROSS JOIN jsonb_each(CASE jsonb_typeof(i.configuration -> 'settings') WHEN 'object' THEN i.configuration -> 'settings'
                                ELSE '{{}}' END) AS setting
          WHERE EXISTS (SELECT FROM jsonb_path_query(i.manifest, '$.job.interface.settings[*] ? (@.secret == true).name')
                        AS n(name)
                        WHERE n.name #>> '{{}}' = setting.key)
          GROUP BY i.line) a
    WHERE s.line = a.line
"""

# As `version_numbers` reads them.
_NUMBER_VERSIONS = r"""
    UPDATE import_job_type SET is_changed = true,
        version_array = CAST(string_to_array(substring(version FROM '^[0-9.]+'), '.') AS bigint[])
    WHERE version_array IS NULL AND version ~ '^[0-9]{1,18}(\.[0-9]{1,18})*([-+].*)?$'
"""

_LINK_INPUTS = text("""
    INSERT INTO job_input_file (job_id, job_input, position, file_id)
    SELECT s.id, named.key, item.number - 1, CAST(item.value #>> '{}' AS bigint)
    FROM import_job s
    CROSS JOIN LATERAL jsonb_each(CASE jsonb_typeof(s.input -> 'files') WHEN 'object' THEN s.input -> 'files' ELSE '{}' END)
        AS named
    CROSS JOIN LATERAL jsonb_array_elements(CASE jsonb_typeof(named.value) WHEN 'array' THEN named.value ELSE '[]' END)
        WITH ORDINALITY AS item(value, number)
    WHERE item.value #>> '{}' ~ '^[1-9][0-9]{0,17}$' AND NOT EXISTS (SELECT FROM job_input_file i WHERE i.job_id = s.id)
""")
_LEAVE_QUEUE = text("DELETE FROM queue q USING import_job s WHERE q.job_id = s.id AND s.status <> 'QUEUED'")
_ENTER_QUEUE = text(f"""
    INSERT INTO queue (job_id, job_type_id, exe_num, priority, timeout, input_file_size, queued)
    SELECT job.id, job.job_type_id, job.num_exes, {sql_of(PRIORITY)}, {sql_of(TIMEOUT)},
           COALESCE(job.input_file_size, 0), COALESCE(job.queued, now())
    FROM import_job s JOIN job ON job.id = s.id JOIN job_type ON job_type.id = job.job_type_id
        LEFT JOIN batch ON batch.id = job.batch_id
    WHERE s.status = 'QUEUED' AND NOT EXISTS (SELECT FROM queue q WHERE q.job_id = s.id)
    ORDER BY job.queued, job.id
""")
# Lists sorted by priority look for them here (docs/adr/0036-orders-by-executions.md).
_NOTE_UNRECORDED = text("""
    INSERT INTO unrecorded_execution (job_id)
    SELECT job.id FROM import_job s JOIN job ON job.id = s.id
    WHERE job.num_exes > 0 AND job.status <> 'QUEUED'
      AND NOT EXISTS (SELECT FROM execution e WHERE e.job_id = job.id AND e.exe_num = job.num_exes)
    ON CONFLICT DO NOTHING
""")
_DROP_RECORDED = text("""
    DELETE FROM unrecorded_execution u USING import_execution s, job j
    WHERE u.job_id = s.job_id AND j.id = s.job_id AND j.num_exes = s.exe_num
""")
_WAIT_FOR_PARENTS = text("""
    INSERT INTO dependency_change (job_id)
    SELECT s.id FROM import_job s
    WHERE s.status IN ('PENDING', 'BLOCKED') AND EXISTS (SELECT FROM job_dependency d WHERE d.job_id = s.id)
""")


class Renumbered(NamedTuple):
    """An error that has another id here than in the file."""

    provided: int
    id: int
    name: str
    job_type_name: str | None


class ImportReconciler:
    """Adapts staged rows to this database, and makes what follows from them."""

    def __init__(self, connection: AsyncConnection, stage: Stage) -> None:
        self._connection = connection
        self._stage = stage
        self.changed: set[Table] = set()
        """Tables of which staged rows were changed."""
        self.renumbered: Sequence[Renumbered] = ()
        """Errors that did not keep their ids."""

    async def renumber_errors(self) -> int:
        """Return errors that are here under another id that id, and others a new one where theirs is taken.

        Errors are known by their names: those that are builtin here stay as they are. Gives the highest id used.
        """
        await self._connection.execute(_ERROR_IDS)
        self.renumbered = [Renumbered(**row) for row in (await self._connection.execute(_RENUMBERED)).mappings()]
        await self._connection.execute(_RENUMBER_ERRORS)
        for table in TABLES:
            for column in table.columns:
                if referenced(column) == ERROR.name:
                    await self._change(table, _point_to_error(table, column.name))
        await self._connection.execute(_DROP_BUILTIN)
        return int((await self._connection.execute(_HIGHEST_ERROR)).scalar_one())

    async def close_running(self) -> None:
        """End executions that run elsewhere, and their jobs, as those of a lost node: at the last moment that is known."""
        await self._change(EXECUTION, str(_CLOSE_EXECUTIONS))
        await self._change(JOB, str(_CLOSE_JOBS))

    async def separate_secrets(self) -> None:
        """Take the values of secret settings out of the configurations of job types."""
        await self._change(JOB_TYPE, _SEPARATE_SECRETS)

    async def number_versions(self) -> None:
        """Let job types be sorted by their versions where the file does not say how."""
        await self._change(JOB_TYPE, _NUMBER_VERSIONS)

    async def link_inputs(self) -> int:
        """Record which files jobs read that the file does not say it of, by their inputs; returns how many."""
        return (await self._connection.execute(_LINK_INPUTS)).rowcount

    async def queue_jobs(self) -> None:
        """Let the queue hold the jobs that are QUEUED, and no others."""
        await self._connection.execute(_LEAVE_QUEUE)
        if (await self._connection.execute(_ENTER_QUEUE)).rowcount:
            await channels.notify(self._connection, channels.QUEUE)

    async def note_unrecorded(self) -> None:
        """Note the jobs that came without their latest execution, which now has come for some that were noted before."""
        if self._stage.counts[JOB]:
            await self._connection.execute(_NOTE_UNRECORDED)
        if self._stage.counts[EXECUTION]:
            await self._connection.execute(_DROP_RECORDED)

    async def wait_for_parents(self) -> None:
        """Have those jobs looked at that wait for others: these may have ended where they come from."""
        if (await self._connection.execute(_WAIT_FOR_PARENTS)).rowcount:
            await channels.notify(self._connection, channels.DEPENDENCY)

    async def _change(self, table: Table, statement: str) -> None:
        if self._stage.counts[table] and (await self._connection.execute(text(statement))).rowcount:
            self.changed.add(table)


def _point_to_error(table: Table, column: str) -> str:
    return (
        f"UPDATE {stage_of(table)} s SET {column} = m.id, is_changed = true FROM import_error_ids m "
        f"WHERE s.{column} = m.given AND m.id <> m.given"
    )
