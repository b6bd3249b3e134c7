"""Which directories of the host may be used: those below the configured roots, and never what is the service's own.

Places are compared by where they lie on their disks, so that neither links nor bind mounts lead to the service's own.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

MOUNTS = Path("/proc/self/mountinfo")
_ESCAPED = re.compile(r"\\([0-7]{3})")


class Place(NamedTuple):
    """Where something lies: on which disk, and at which path of it."""

    disk: str
    path: PurePosixPath

    def is_in(self, other: "Place") -> bool:
        """Whether it is the other one, or lies in it."""
        return self.disk == other.disk and self.path.is_relative_to(other.path)


@dataclass(frozen=True)
class AllowedPlaces:
    """Says which directories and files may be used.

    Args:
        own: Directories and files of the service itself: nothing in them may be used, and nothing that they lie in.
        opened: Directories below those that may be used nevertheless.
        roots: All others have to lie below one of these; None: anywhere.

    """

    own: Sequence[Path] = ()
    opened: Sequence[Path] = ()
    roots: Sequence[Path] | None = None

    def problem_of_directory(self, path: Path) -> str:
        """Why a directory may not be used; empty when it may."""
        mounts = read_mounts()
        place = place_of(path, mounts)
        if self._is_own(place, mounts) or any(_holds(path, place, item, mounts) for item in self.own):
            return f"'{path}' is a directory of the service itself, or holds one."
        if self.roots is not None and not any(place.is_in(place_of(root, mounts)) for root in self.roots):
            allowed = ", ".join(map(str, self.roots)) or "no directory"
            return f"'{path}' does not lie below a directory that JOBSVC_WORKSPACE_ROOTS allows ({allowed})."
        return ""

    def is_own(self, path: Path) -> bool:
        """Whether something is the service's own."""
        mounts = read_mounts()
        return self._is_own(place_of(path, mounts), mounts)

    def _is_own(self, place: Place, mounts: "Mounts") -> bool:
        if any(place.is_in(place_of(item, mounts)) for item in self.opened):
            return False
        return any(place.is_in(place_of(item, mounts)) for item in self.own)


Mounts = Sequence[tuple[PurePosixPath, Place]]
"""Where disks are mounted, and what of them; of two at one path the later one counts."""


def read_mounts() -> Mounts:
    """The mounts that this process sees; none where the system does not say."""
    try:
        lines = MOUNTS.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return ()
    return [_mount(line.split(" ")) for line in lines]


def _mount(fields: Sequence[str]) -> tuple[PurePosixPath, Place]:
    _, _, disk, root, point, *_ = fields
    return PurePosixPath(_unescaped(point)), Place(disk, PurePosixPath(_unescaped(root)))


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 8)), text)


def _holds(path: Path, place: Place, item: Path, mounts: Mounts) -> bool:
    """Whether something lies in a directory, be it on another disk."""
    return place_of(item, mounts).is_in(place) or Path(os.path.realpath(item)).is_relative_to(os.path.realpath(path))


def place_of(path: Path, mounts: Mounts) -> Place:
    """Where a path leads to; links on it are followed, and what is not there yet may be at its end."""
    resolved = PurePosixPath(os.path.realpath(path))
    around = [(len(point.parts), number) for number, (point, _) in enumerate(mounts) if resolved.is_relative_to(point)]
    if not around:
        return Place("", resolved)
    point, place = mounts[max(around)[1]]
    return Place(place.disk, place.path / resolved.relative_to(point))
