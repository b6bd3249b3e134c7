"""What lies where in a data directory, which is private to one user."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from jobsvc.embedded.errors import EmbeddedUnavailable


@dataclass(frozen=True)
class DataDirPaths:
    """The files below one data directory (`root`, absolute)."""

    root: Path

    @property
    def cluster(self) -> Path:
        """The data of PostgreSQL."""
        return self.root / "postgres"

    @property
    def draft(self) -> Path:
        """Where a new cluster is made, to be renamed when it is complete."""
        return self.root / "postgres.new"

    @property
    def run(self) -> Path:
        """The directory of the Unix socket, or a link to it where this path is not fit for a socket."""
        return self.root / "run"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.root / "postgres.log"

    @property
    def password(self) -> Path:
        """One line: the password of the database user."""
        return self.root / "password"

    @property
    def owner_lock(self) -> Path:
        """Held by the owner for as long as it is one."""
        return self.root / "owner.lock"

    @property
    def server_lock(self) -> Path:
        """Held by every process of the server: whoever gets it knows that none is left.

        Pids do not show that: they are used again, and a dead process that nobody reaped still looks alive.
        """
        return self.root / "server.lock"

    def prepare(self) -> None:
        """Make the data directory, private to this user; `EmbeddedUnavailable` if it is somebody else's."""
        make_private(self.root)


def make_private(directory: Path) -> None:
    """Make a directory with mode 0700 (and its parents), or make an existing one of this user private.

    Raises:
        EmbeddedUnavailable: It belongs to another user or is no directory (a link is none).
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    result = directory.lstat()
    if result.st_uid != os.geteuid() or not stat.S_ISDIR(result.st_mode):
        owner = _user_name(result.st_uid)
        raise EmbeddedUnavailable(
            f"{directory} has to be a directory of {_user_name(os.geteuid())}; it belongs to {owner}.",
            f"Run as {owner}, or set JOBSVC_DATA_DIR to a directory of your own.",
        )
    directory.chmod(0o700)


def _user_name(uid: int) -> str:
    try:
        return f"{pwd.getpwuid(uid).pw_name} (uid {uid})"
    except KeyError:
        return f"uid {uid}"
