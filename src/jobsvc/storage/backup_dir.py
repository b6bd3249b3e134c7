"""The directory of a backup: files with their digests, as `sha256sum --check` reads them, and the manifest last.

All of it is private to its owner: a dump has what the service keeps secret. Everything here blocks.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jobsvc.domain.backups import MANIFEST, SUMS, BackupManifest, BackupProblem, read_manifest
from jobsvc.storage.copying import copy

_ESCAPES = (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"))


class NewBackupDir:
    """A backup that is being written."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._sums = root / SUMS

    @classmethod
    def create(cls, root: Path) -> "NewBackupDir":
        """Make the directory.

        Raises:
            BackupProblem: Something is in it already.
        """
        with explained():
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            root.chmod(0o700)
            if any(root.iterdir()):
                raise BackupProblem(f"{root} is not empty: name a new directory.")
        return cls(root)

    def add(self, source: int, name: str) -> int:
        """Copy an open file into the backup and return its size in bytes; closes it."""
        target = self.root / name
        try:
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                size = copy(source, descriptor)
            finally:
                os.close(descriptor)
        finally:
            os.close(source)
        self.seal(name)
        return size

    def seal(self, name: str) -> None:
        """Note the digest of a file of the backup, which does not change any more."""
        digest = digest_of(self.root / name)
        with self._sums.open("a", encoding="utf-8", newline="\n") as sums:
            sums.write(sum_line(digest, name))

    def sums_digest(self) -> str:
        """The digest of the file that has all others'."""
        return digest_of(self._sums)

    def finish(self, manifest: BackupManifest) -> None:
        """Bring everything to the disk, and then say that it is whole."""
        os.sync()
        draft = self.root / f"{MANIFEST}.new"
        with draft.open("x", encoding="utf-8") as file:
            file.write(manifest.model_dump_json(indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self.root / MANIFEST)
        os.sync()


class BackupDir:
    """A backup that is read."""

    def __init__(self, root: Path) -> None:
        """Read the manifest.

        Raises:
            BackupProblem: There is none, or it is not one that this release reads.
        """
        self.root = root
        try:
            text = (root / MANIFEST).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise BackupProblem(
                f"{root} is no backup, or one that did not come to its end: it has no {MANIFEST}, which is written last."
            ) from None
        except OSError as exc:
            raise BackupProblem(f"{root / MANIFEST} cannot be read: {exc.strerror}.") from exc
        self.manifest = read_manifest(text)
        self.id = hashlib.sha256(text).hexdigest()

    def verify(self) -> int:
        """Compare all files with their digests, and return how many there are.

        Raises:
            BackupProblem: One is absent or was changed.
        """
        with explained():
            if digest_of(self.root / SUMS) != self.manifest.sums:
                raise BackupProblem(f"{self.root / SUMS} is not what the backup was written with.")
            number = 0
            for digest, name in self._sums():
                path = self.root / name
                if not path.is_file():
                    raise BackupProblem(f"{path} is missing from the backup.")
                if digest_of(path) != digest:
                    raise BackupProblem(f"{path} is not what the backup was written with.")
                number += 1
        return number

    def names(self, directory: str) -> Iterator[str]:
        """The names below a directory of the backup, relative to that."""
        prefix = f"{directory}/"
        return (name.removeprefix(prefix) for _, name in self._sums() if name.startswith(prefix))

    def lines(self, name: str) -> Iterator[str]:
        """The lines of a file; none when there is no such file."""
        path = self.root / name
        if path.exists():
            with path.open(encoding="utf-8") as file:
                yield from file

    def _sums(self) -> Iterator[tuple[str, str]]:
        for line in self.lines(SUMS):
            yield read_sum(line)


@contextmanager
def explained() -> Iterator[None]:
    """Say in a sentence what the disk refuses.

    Raises:
        BackupProblem: It does.
    """
    try:
        yield
    except OSError as exc:
        where = f"{exc.filename}: " if exc.filename else ""
        raise BackupProblem(f"The disk refuses: {where}{exc.strerror or exc}.") from exc


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sum_line(digest: str, name: str) -> str:
    """A line of the file of digests; names with signs that no line can hold are escaped, as the line then says."""
    escaped = name
    for sign, replacement in _ESCAPES:
        escaped = escaped.replace(sign, replacement)
    return f"{'' if escaped == name else chr(92)}{digest}  {escaped}\n"


def read_sum(line: str) -> tuple[str, str]:
    """The digest and the name in a line."""
    text = line.removesuffix("\n")
    digest, _, name = text.removeprefix("\\").partition("  ")
    if text.startswith("\\"):
        parts = name.split("\\\\")
        name = "\\".join(part.replace("\\n", "\n").replace("\\r", "\r") for part in parts)
    return digest, name
