"""Makes a backup while the service runs: what waits on the disk first, then the database, then the files that it names."""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from jobsvc.db.backups.programs import Programs
from jobsvc.db.backups.saving import DatabaseFacts, Moment, moment_of
from jobsvc.db.database import Database
from jobsvc.domain.backups import DUMP, FILES, MISSING, BackupManifest, BackupProblem, SavedWorkspace
from jobsvc.domain.errors import InvalidRequest
from jobsvc.services.clock import Clock
from jobsvc.storage import host
from jobsvc.storage.backup_dir import NewBackupDir, explained
from jobsvc.storage.regular import open_regular

LOCK = "lock"


@dataclass(frozen=True)
class Installation:
    """What a backup takes beside the database, and what it says of it; `log_index`: where lines are kept elsewhere."""

    version: str
    data_dir: Path
    spool_dir: Path
    log_index: str | None = None


@dataclass
class _Tally:
    """What was copied, by the ids of workspaces, and what was not there."""

    files: Counter[int] = field(default_factory=Counter)
    bytes: Counter[int] = field(default_factory=Counter)
    missing: int = 0

    def of(self, workspace: SavedWorkspace) -> SavedWorkspace:
        return workspace.model_copy(update={"files": self.files[workspace.id], "bytes": self.bytes[workspace.id]})


class BackupService:
    """Makes backups."""

    def __init__(self, database: Database, programs: Programs, installation: Installation, clock: Clock) -> None:
        self._engine = database.engine
        self._programs = programs
        self._installation = installation
        self._clock = clock

    async def save(self, root: Path, left_out: Collection[str] = ()) -> BackupManifest:
        """Write a backup into a new directory; the files of workspaces with names `left_out` are only listed.

        Raises:
            BackupProblem: It cannot be made; what is in the directory then is none.
        """
        target = await asyncio.to_thread(NewBackupDir.create, root)
        created = self._clock()
        # Lines move from here into the database: taken later, some would be in neither.
        await asyncio.to_thread(self._save_spool, target)
        async with moment_of(self._engine) as moment:
            facts = await moment.facts()
            _require_usable(facts)
            workspaces = _choose(await moment.workspaces(), left_out)
            dumped_by = await self._dump(target, await moment.snapshot(), facts)
            await self._list_files(target, moment)
            installation = await moment.installation()
        tally = await asyncio.to_thread(_save_files, target, {item.id: item for item in workspaces})
        manifest = BackupManifest(
            version=self._installation.version,
            created=created,
            schema_revision=facts.revision or "",
            schema_name=facts.schema_name,
            server=facts.server,
            dumped_by=dumped_by,
            installation=installation,
            data_dir=self._installation.data_dir,
            log_index=self._installation.log_index,
            workspaces=tuple(map(tally.of, workspaces)),
            missing=tally.missing,
            sums=await asyncio.to_thread(target.sums_digest),
        )
        with explained():
            await asyncio.to_thread(target.finish, manifest)
        return manifest

    def _save_spool(self, target: NewBackupDir) -> None:
        spool = self._installation.spool_dir
        with explained():
            for file in sorted(spool.glob("*/*")):
                # A worker that lives brings its files to the store and removes them meanwhile.
                with suppress(FileNotFoundError):
                    if file.name != LOCK:
                        target.add(open_regular(file), f"spool/{file.relative_to(spool)}")

    async def _dump(self, target: NewBackupDir, snapshot: str, facts: DatabaseFacts) -> int:
        program, version = await self._programs.pick("pg_dump", facts.major)
        file = target.root / DUMP
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.close(descriptor)
        schema = facts.schema_name.replace('"', '""')
        arguments = ("--format=custom", f"--snapshot={snapshot}", f'--schema="{schema}"', "--no-password", f"--file={file}")
        await self._programs.run(program, *arguments)
        with explained():
            await asyncio.to_thread(target.seal, DUMP)
        return version

    async def _list_files(self, target: NewBackupDir, moment: Moment) -> None:
        with explained():
            with (target.root / FILES).open("x", encoding="utf-8") as file:
                async for page in moment.files():
                    await asyncio.to_thread(file.writelines, [json.dumps(item) + "\n" for item in page])
            await asyncio.to_thread(target.seal, FILES)


def _require_usable(facts: DatabaseFacts) -> None:
    if facts.revision is None:
        raise BackupProblem("The database is empty: there is nothing to save.")


def _choose(workspaces: list[SavedWorkspace], left_out: Collection[str]) -> list[SavedWorkspace]:
    names = [item.name for item in workspaces]
    for name in left_out:
        if name not in names:
            raise BackupProblem(f"There is no workspace `{name}`; there are {', '.join(names) or 'none'}.")
    return [item.model_copy(update={"is_left_out": item.name in left_out}) for item in workspaces]


def _save_files(target: NewBackupDir, workspaces: dict[int, SavedWorkspace]) -> _Tally:
    """Copy what the database names, and list what is not there."""
    tally = _Tally()
    with explained(), (target.root / MISSING).open("x", encoding="utf-8") as missing:
        for number, path in _listed(target.root / FILES):
            workspace = workspaces.get(number)
            if workspace is None or workspace.is_left_out:
                continue
            try:
                descriptor = host.open_file(workspace.directory, path, "file_path")
            except InvalidRequest:
                missing.write(json.dumps([number, path]) + "\n")
                tally.missing += 1
                continue
            tally.bytes[number] += target.add(descriptor, f"workspaces/{number}/{path}")
            tally.files[number] += 1
    target.seal(MISSING)
    return tally


def _listed(file: Path) -> Iterator[tuple[int, str]]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            number, path = json.loads(line)
            yield number, path
