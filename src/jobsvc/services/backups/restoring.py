"""Brings a backup back into an empty place: files first, then the database as a whole, and its use at the very end."""

import asyncio
import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jobsvc.db.backups.programs import Programs
from jobsvc.db.backups.restoring import RestoreTarget
from jobsvc.db.backups.saving import DatabaseFacts
from jobsvc.db.database import Database
from jobsvc.db.migrate import migrate
from jobsvc.db.schema_revisions import is_known
from jobsvc.domain.backups import DUMP, FILES, BackupManifest, BackupProblem, SavedWorkspace, copied_of, places_of, require_known
from jobsvc.domain.errors import InvalidRequest, StorageFailure
from jobsvc.storage import host
from jobsvc.storage.backup_dir import BackupDir, explained

LOCK = "lock"


@dataclass(frozen=True)
class RestorePlaces:
    """Where a backup comes to lie: the data directory, that of spools, and those of workspaces by their names."""

    data_dir: Path
    spool_dir: Path
    workspaces: Mapping[str, Path]


@dataclass(frozen=True)
class Restored:
    """What came back: the number of files, and for each workspace how many of those that the database names are not there."""

    manifest: BackupManifest
    files: int
    missing: Mapping[str, int]


class RestoreService:
    """Restores backups."""

    def __init__(self, database: Database, programs: Programs, places: RestorePlaces) -> None:
        self._engine = database.engine
        self._target = RestoreTarget(database.engine)
        self._programs = programs
        self._places = places

    async def restore(self, root: Path, *, kept: Collection[str] = (), is_copy: bool = False) -> Restored:
        """Restore a backup; what was broken off before goes on.

        `kept`: names of workspaces whose files are in place already.
        `is_copy`: the original may live on, so the copy touches nothing of it: another id, and no webhooks.

        Raises:
            BackupProblem: The backup is not whole or of a later release, or the place is not empty.
        """
        backup = await asyncio.to_thread(BackupDir, root)
        require_known(backup.manifest, is_known=is_known(backup.manifest.schema_revision))
        places = places_of(backup.manifest, self._places.data_dir, self._places.workspaces)
        copied = copied_of(backup.manifest, kept)
        async with self._target.alone():
            facts = await self._target.facts()
            _require_schema(backup.manifest, facts)
            begun = await self._target.is_begun(backup.id)
            if not begun:
                await asyncio.to_thread(_require_empty, copied, places)
            await asyncio.to_thread(backup.verify)
            if not begun:
                await self._target.mark(backup.id)
            files = await asyncio.to_thread(_restore_files, backup, copied, places)
            await self._restore_database(backup, facts)
            installation = await self._target.settle(places, backup.manifest.installation, is_copy=is_copy)
            await asyncio.to_thread(_restore_spool, backup, self._places.spool_dir, installation)
            await self._target.unmark()
            await self._target.analyze()
            return Restored(backup.manifest, files, await asyncio.to_thread(_missing, backup, places))

    async def _restore_database(self, backup: BackupDir, facts: DatabaseFacts) -> None:
        if not await self._target.has_tables():
            program, _ = await self._programs.pick("pg_restore", max(facts.major, backup.manifest.dumped_by))
            # All or nothing; what belongs to whom, and who else may read it, is that of the role that restores.
            options = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-password")
            # With the schema's name, the schema itself is left out: it is there.
            await self._programs.run(
                program, *options, f"--schema={facts.schema_name}", f"--dbname={facts.database}", str(backup.root / DUMP)
            )
        await migrate(self._engine, restoring=True)


def _require_schema(manifest: BackupManifest, facts: DatabaseFacts) -> None:
    if manifest.schema_name != facts.schema_name:
        raise BackupProblem(
            f"The backup is of the schema `{manifest.schema_name}`, and the URL leads to `{facts.schema_name}`: "
            f"end it in ?options=-c%20search_path%3D{manifest.schema_name}."
        )


def _require_empty(copied: Sequence[SavedWorkspace], places: Mapping[int, Path]) -> None:
    with explained():
        for workspace in copied:
            place = places[workspace.id]
            if place.exists() and (not place.is_dir() or any(place.iterdir())):
                raise BackupProblem(
                    f"{place}, for the workspace `{workspace.name}`, is not empty: move it away, name another place with "
                    f"--workspace {workspace.name}=DIRECTORY, or say with --keep {workspace.name} that its files are there."
                )


def _restore_files(backup: BackupDir, copied: Sequence[SavedWorkspace], places: Mapping[int, Path]) -> int:
    """Copy all files to their places, over those of a run before."""
    number = 0
    with explained():
        for workspace in copied:
            place = places[workspace.id]
            place.mkdir(parents=True, exist_ok=True)
            source = backup.root / "workspaces" / str(workspace.id)
            for path in backup.names(f"workspaces/{workspace.id}"):
                try:
                    host.import_file(place, path, source / path)
                except (InvalidRequest, StorageFailure) as exc:
                    raise BackupProblem(exc.detail) from exc
                number += 1
    return number


def _restore_spool(backup: BackupDir, spool: Path, installation: str) -> None:
    """Put lines where the first worker of this host takes them from, as those of a worker that died."""
    with explained():
        for name in backup.names("spool"):
            directory, _, file = name.partition("/")
            before, _, worker = directory.partition(".")
            if before != backup.manifest.installation:
                continue
            place = spool / f"{installation}.{worker}"
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = place / f".{file}"
            draft.write_bytes((backup.root / "spool" / name).read_bytes())
            draft.replace(place / file)
            (place / LOCK).touch(mode=0o600)


def _missing(backup: BackupDir, places: Mapping[int, Path]) -> Mapping[str, int]:
    names = {item.id: item.name for item in backup.manifest.workspaces}
    missing: Counter[str] = Counter()
    for line in backup.lines(FILES):
        number, path = json.loads(line)
        if number not in places or not (places[number] / path).is_file():
            missing[names.get(number, f"{number}")] += 1
    return missing
