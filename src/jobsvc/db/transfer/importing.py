"""One import: rows are staged, checked and moved into their tables, all in the transaction of the caller."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import asyncpg
from sqlalchemy import Table, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.time_limits import LIFT_LIMITS
from jobsvc.db.transfer.issues import ImportIssues
from jobsvc.db.transfer.reconciler import ImportReconciler, Renumbered
from jobsvc.db.transfer.sequences import Sequences
from jobsvc.db.transfer.stage import Stage
from jobsvc.db.transfer.statements import insert_rows, update_rows
from jobsvc.db.transfer.tables import ERROR, JOB, TABLES
from jobsvc.domain.transfer import ImportIssue, ImportRefused
from jobsvc.domain.transfer_lines import Rows

_REPLICA = text("SET LOCAL session_replication_role = replica")
_SETTINGS = text("SET LOCAL work_mem = '64MB'")
# The tables were empty when PostgreSQL counted them last: it would look through them from end to end, for every row.
_BY_INDEX = text("SET LOCAL enable_seqscan = off")
_AS_PLANNED = text("SET LOCAL enable_seqscan = on")
_HAVE_ROWS = text("SELECT " + ", ".join(f"EXISTS (SELECT FROM {table.name})" for table in TABLES))  # noqa: S608 - our own names


@dataclass(frozen=True)
class Imported:
    """What became of the rows of a table."""

    rows: int
    added: int
    changed: int
    renumbered: Sequence[Renumbered] = ()
    """Rows that have another id here than in the file."""

    @property
    def unchanged(self) -> int:
        """Rows that were here already, just as they are."""
        return self.rows - self.added - self.changed


class ImportRepository:
    """Takes rows as they come, in any sequence, and finishes when all are there.

    New rows go into their tables before the last ones are read; what that cannot settle (rows that are here already,
    clashes, ids of errors) waits for `finish`. References are checked there, for all rows at once: the role `replica`,
    if PostgreSQL lets us have it, keeps the triggers from doing so row by row.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._stage = Stage(connection)
        self._reconciler = ImportReconciler(connection, self._stage)
        self._sequences = Sequences(connection)
        self._added: dict[Table, int] = dict.fromkeys(TABLES, 0)
        self._changed: dict[Table, int] = dict.fromkeys(TABLES, 0)
        self._empty: set[Table] = set()
        """Tables that had no rows at the beginning."""
        self._with_triggers = False
        self._is_eager = True
        self._latest: Rows = {}
        self._settled = 0
        """The last line of which rows went into their tables at once."""

    @property
    def moved_sequences(self) -> Mapping[str, tuple[int, int]]:
        """What `give_back_ids` needs when the transaction fails."""
        return self._sequences.moved

    async def open(self) -> None:
        """Prepare the transaction."""
        try:
            async with self._connection.begin_nested():
                await self._connection.execute(_REPLICA)
        except DBAPIError:
            # Not everybody may: it takes longer then.
            self._with_triggers = True
        await self._connection.execute(_SETTINGS)
        await self._connection.execute(LIFT_LIMITS, {"is_local": True})
        row = (await self._connection.execute(_HAVE_ROWS)).one()
        self._empty = {table for table, has_rows in zip(TABLES, row, strict=True) if not has_rows}
        await self._connection.execute(_BY_INDEX)

    async def add(self, rows: Rows) -> None:
        """Take the rows of the next lines.

        Raises:
            ImportRefused: PostgreSQL cannot store them.
        """
        await self._sequences.move(rows)
        try:
            await self._stage.add(rows)
        except asyncpg.PostgresError as exc:
            raise _refusal(exc) from exc
        self._latest = rows

    async def settle(self) -> None:
        """Insert what was added last, as far as it can be done at once; after a first clash all waits for `finish`."""
        rows, self._latest = self._latest, {}
        tables = [table for table in self._stage.tables if table.name in rows and table is not ERROR]
        if not rows or not self._is_eager:
            return
        try:
            async with self._connection.begin_nested():
                added = {table: await self._insert(table, self._settled, are_new=table in self._empty) for table in tables}
        except DBAPIError:
            self._is_eager = False
            return
        for table, count in added.items():
            self._added[table] += count
        self._settled = max(lines[-1][0] for lines in rows.values())

    async def finish(self, *, keep_running: bool) -> Mapping[str, Imported]:
        """Check all rows and settle those that wait; returns what became of them by table, or raises ImportRefused.

        Executions that are RUNNING run elsewhere, and are closed unless `keep_running`.
        """
        await self._connection.execute(_AS_PLANNED)
        await self._reconcile(keep_running=keep_running)
        await self._stage.analyze()
        await self._refuse_taken()
        try:
            async with self._connection.begin_nested():
                await self._complete()
        except DBAPIError as exc:
            raise await self._explained(exc) from exc
        return {table.name: self._imported(table) for table in self._stage.tables}

    async def give_back_ids(self, moved: Mapping[str, tuple[int, int]]) -> None:
        """Undo what a failed import did to sequences, which no rollback undoes."""
        await self._sequences.give_back(moved)

    async def _insert(self, table: Table, after: int, *, are_new: bool = False) -> int:
        statement = text(insert_rows(table, are_new=are_new))
        return (await self._connection.execute(statement, {"after": after})).rowcount

    async def _reconcile(self, *, keep_running: bool) -> None:
        if self._stage.counts[ERROR]:
            highest = await self._reconciler.renumber_errors()
            await self._sequences.move_to(ERROR.name, highest)
        await self._reconciler.separate_secrets()
        await self._reconciler.number_versions()
        if not keep_running:
            await self._reconciler.close_running()

    async def _refuse_taken(self) -> None:
        issues = ImportIssues(self._connection, [table for table in self._stage.tables if self._has_waiting(table)])
        await issues.look_for_taken()
        _refuse(issues)

    def _has_waiting(self, table: Table) -> bool:
        """Whether rows of a table were not inserted: they are here already, come twice, or wait because something clashed."""
        return self._added[table] < self._stage.counts[table]

    async def _complete(self) -> None:
        for table in self._stage.tables:
            await self._complete_table(table)
        issues = ImportIssues(self._connection, self._stage.tables)
        await issues.look_for_missing()
        if self._stage.counts[JOB]:
            await self._complete_jobs(issues)
        await issues.look_for_unfit_executions()
        _refuse(issues)
        await self._reconciler.note_unrecorded()

    async def _complete_jobs(self, issues: ImportIssues) -> None:
        if await self._reconciler.link_inputs():
            await issues.look_for_missing_inputs()
        await issues.look_for_unfit_jobs()
        if self._has_waiting(JOB):
            await issues.look_for_outdated_jobs()
        if not issues.items:
            await self._reconciler.queue_jobs()
            await self._reconciler.wait_for_parents()

    async def _complete_table(self, table: Table) -> None:
        if table in self._reconciler.changed:
            await self._update(table, "s.is_changed")
        if self._has_waiting(table):
            self._changed[table] = await self._update(table, "true")
            await self._connection.execute(_BY_INDEX)
            # Errors are never inserted at once.
            self._added[table] += await self._insert(table, 0 if table is ERROR else self._settled)
            await self._connection.execute(_AS_PLANNED)

    async def _update(self, table: Table, condition: str) -> int:
        statement = text(update_rows(table, condition, with_triggers=self._with_triggers))
        count = (await self._connection.execute(statement)).rowcount
        if count and self._with_triggers:
            await self._connection.execute(statement)
        return count

    async def _explained(self, problem: DBAPIError) -> ImportRefused:
        issues = ImportIssues(self._connection, self._stage.tables)
        await issues.look_for_violations()
        return ImportRefused(issues.items) if issues.items else _refusal(problem.orig)

    def _imported(self, table: Table) -> Imported:
        renumbered = self._reconciler.renumbered if table is ERROR else ()
        return Imported(self._stage.counts[table], self._added[table], self._changed[table], renumbered)


def _refuse(issues: ImportIssues) -> None:
    if issues.items:
        raise ImportRefused(issues.items)


def _refusal(problem: BaseException | None) -> ImportRefused:
    """What there is to say when no line is to be blamed."""
    return ImportRefused([ImportIssue(0, f"PostgreSQL refuses it: {problem}")])
