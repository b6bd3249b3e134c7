"""All data, in and out, as lines of JSON (docs/import-format.md)."""

import asyncio
import contextlib
import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread
from typing import BinaryIO

from jobsvc.db.database import Database
from jobsvc.db.transfer.importing import Imported, ImportRepository
from jobsvc.db.transfer.tables import FORMATS, LOG_LINE, TABLES
from jobsvc.domain.errors import DatabaseUnavailable
from jobsvc.domain.limits import MAX_LINE_BYTES
from jobsvc.domain.transfer import MAX_ISSUES, ImportIssue, ImportRefused
from jobsvc.domain.transfer_lines import LineReader, Rows
from jobsvc.domain.transfer_writing import header, write_rows

CHUNK = 4 * 2**20
"""Bytes of lines that are read at a time; a line that is longer is read as a whole, up to the limit of a line."""


@dataclass(frozen=True)
class Progress:
    """How far an import or export is: lines so far, and whether all of an import are read."""

    lines: int
    is_read: bool = False


Report = Callable[[Progress], None]


class TransferService:
    """Imports and exports."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def load(self, file: BinaryIO, report: Report, *, keep_running: bool = False) -> Mapping[str, Imported]:
        """Import lines, all or none; returns what became of them by table.

        Memory does not grow with the file.

        Raises:
            ImportRefused: With what is wrong with its lines.
        """
        moved: Mapping[str, tuple[int, int]] = {}
        try:
            async with self._db.transaction() as tx:
                moved = tx.imports.moved_sequences
                await tx.imports.open()
                await _read_all(file, tx.imports, report)
                return await tx.imports.finish(keep_running=keep_running)
        except BaseException:
            await self._give_back(moved)
            raise

    async def save(self, file: BinaryIO, report: Report, *, version: str, logs: bool = False) -> Mapping[str, int]:
        """Export all rows as they are at one moment, log lines only with `logs`; returns their number by table."""
        counts: dict[str, int] = {}
        await asyncio.to_thread(file.write, header(version))
        async with self._db.transaction() as tx:
            await tx.exports.open()
            for table, columns in zip(TABLES, FORMATS, strict=True):
                if table is LOG_LINE and not logs:
                    continue
                async for page in tx.exports.pages(table):
                    counts[table.name] = counts.get(table.name, 0) + len(page)
                    await asyncio.to_thread(file.write, write_rows(columns, page))
                    report(Progress(sum(counts.values())))
        return counts

    async def _give_back(self, moved: Mapping[str, tuple[int, int]]) -> None:
        """Free the ids of a failed import; where that fails too, they are a gap."""
        with contextlib.suppress(DatabaseUnavailable):
            async with self._db.transaction() as tx:
                await tx.imports.give_back_ids(moved)


async def _read_all(file: BinaryIO, imports: ImportRepository, report: Report) -> None:
    """Hand over all rows; once a line is wrong, only look for more of that kind."""
    reader = LineReader(FORMATS)
    rows = await _read(file, reader)
    while rows is not None and len(reader.issues) < MAX_ISSUES:
        if not reader.issues:
            await imports.add(rows)
        # While PostgreSQL inserts, there is time to read on.
        _, rows = await asyncio.gather(imports.settle(), _read(file, reader))
        report(Progress(reader.line))
    if reader.issues:
        raise ImportRefused(reader.issues)
    report(Progress(reader.line, is_read=True))


async def _read(file: BinaryIO, reader: LineReader) -> Rows | None:
    """The rows in the next lines, None at the end."""
    # A thread of its own: those of the pool keep the process from ending while one of them waits for a silent pipe.
    done: Future[Rows | None] = Future()
    Thread(target=_read_into, args=(done, file, reader), daemon=True).start()
    return await asyncio.wrap_future(done)


def _read_into(done: Future[Rows | None], file: BinaryIO, reader: LineReader) -> None:
    done.set_running_or_notify_cancel()
    try:
        rows = _read_now(file, reader)
    except BaseException as exc:  # noqa: BLE001 - whoever waits gets it
        done.set_exception(exc)
    else:
        done.set_result(rows)


def _read_now(file: BinaryIO, reader: LineReader) -> Rows | None:
    try:
        lines = _lines(file)
    except (EOFError, zlib.error) as exc:
        reader.issues.append(ImportIssue(reader.line + 1, f"cannot be read: {exc}"))
        return None
    if lines and len(lines[-1]) > MAX_LINE_BYTES:
        # What follows is the rest of that line: there is no way on from here.
        reader.read(lines[:-1])
        reader.issues.append(ImportIssue(reader.line + 1, f"is longer than {MAX_LINE_BYTES} bytes"))
        return None
    return reader.read(lines) if lines else None


def _lines(file: BinaryIO) -> list[bytes]:
    """The next lines; the last of them has one byte more than a line may have when it is too long."""
    lines: list[bytes] = []
    size = 0
    while size < CHUNK and (line := file.readline(MAX_LINE_BYTES + 1)):
        lines.append(line)
        size += len(line)
        if len(line) > MAX_LINE_BYTES:
            break
    return lines
