"""What a backup says of itself, and whether it can be restored."""

from collections.abc import Collection, Mapping
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

FORMAT = 1
MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
DUMP = "database.dump"
FILES = "files.jsonl"
MISSING = "missing.jsonl"


class BackupProblem(Exception):
    """Why a backup cannot be made or restored; the text is a sentence for people."""


class SavedWorkspace(BaseModel):
    """A workspace of a backup: where it was, and how many files of it (`bytes` together) the backup has."""

    model_config = ConfigDict(frozen=True)

    id: int
    name: str
    directory: Path
    is_left_out: bool = False
    files: int = 0
    bytes: int = 0


class BackupManifest(BaseModel):
    """The file that is written last: a directory without it is no backup.

    `server` and `dumped_by` are versions of PostgreSQL, such as 180001 and 18; `log_index` is where Elasticsearch has the
    log lines, if it has them; `missing` files were not there; `sums` is the digest of the file that has those of all others.
    """

    model_config = ConfigDict(frozen=True)

    format: int = FORMAT
    version: str
    created: AwareDatetime
    schema_revision: str
    schema_name: str
    server: int
    dumped_by: int
    installation: str
    data_dir: Path
    log_index: str | None = None
    workspaces: tuple[SavedWorkspace, ...] = ()
    missing: int = 0
    sums: str


def read_manifest(text: bytes) -> BackupManifest:
    """Read a manifest.

    Raises:
        BackupProblem: It is none, or that of a later format.
    """
    try:
        manifest = BackupManifest.model_validate_json(text)
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise BackupProblem(f"{MANIFEST} is not that of a backup: {where}{': ' if where else ''}{first['msg']}.") from None
    if manifest.format != FORMAT:
        raise BackupProblem(
            f"The backup has format {manifest.format}, of jobsvc {manifest.version}; this release reads format {FORMAT}."
        )
    return manifest


def require_known(manifest: BackupManifest, *, is_known: bool) -> None:
    """See that this release knows the schema of a backup.

    Raises:
        BackupProblem: It does not.
    """
    if not is_known:
        raise BackupProblem(
            f"The backup is at schema {manifest.schema_revision} of jobsvc {manifest.version}, which this release does not know: "
            "restore it with that release, or a later one."
        )


def places_of(manifest: BackupManifest, data_dir: Path, chosen: Mapping[str, Path]) -> dict[int, Path]:
    """Where each workspace comes to lie, by its id: where it is said, else as before, below the data directory if it was there.

    Raises:
        BackupProblem: A place is said for a workspace that is none of the backup, or two have the same.
    """
    _require_names(manifest, chosen)
    places = {
        item.id: chosen.get(item.name) or _moved(item.directory, manifest.data_dir, data_dir) for item in manifest.workspaces
    }
    before = {item.id: item.directory for item in manifest.workspaces}
    for number, place in places.items():
        shared = [other for other, path in places.items() if other != number and path == place]
        if any(before[other] != before[number] for other in shared):
            raise BackupProblem(f"Two workspaces would lie in {place}: name another place for one of them.")
    return places


def copied_of(manifest: BackupManifest, kept: Collection[str]) -> list[SavedWorkspace]:
    """The workspaces whose files come from the backup: all that it has files of, but those that are kept as they lie.

    Raises:
        BackupProblem: One is kept that the backup does not know.
    """
    _require_names(manifest, kept)
    return [item for item in manifest.workspaces if item.files and item.name not in kept]


def _require_names(manifest: BackupManifest, names: Collection[str]) -> None:
    known = [item.name for item in manifest.workspaces]
    for name in names:
        if name not in known:
            raise BackupProblem(f"The backup has no workspace `{name}`; it has {', '.join(known) or 'none'}.")


def _moved(directory: Path, before: Path, now: Path) -> Path:
    return now / directory.relative_to(before) if directory.is_relative_to(before) else directory
