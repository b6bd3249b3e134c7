"""Who runs PostgreSQL: this user, or, since it refuses to run as root, another user that already exists."""

import os
import pwd
import shutil
from dataclasses import dataclass
from pathlib import Path

from jobsvc.embedded.errors import EmbeddedUnavailable

_STAND_INS = ("postgres", "nobody")
_DAC_READ_SEARCH_BIT = 2  # of the masks in /proc/self/status


@dataclass(frozen=True)
class ServerUser:
    """The user that the programs of PostgreSQL run as, and the words before a command that arrange it."""

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()

    def command(self, *words: str | Path) -> list[str]:
        """Return the command line that runs `words` as this user."""
        return [*self.prefix, *map(str, words)]

    def make_directory(self, path: Path) -> None:
        """Make a directory of this user alone, or make an existing one so. Its parent has to be private."""
        path.mkdir(mode=0o700, exist_ok=True)
        path.chmod(0o700)
        if path.stat().st_uid != self.uid:
            os.chown(path, self.uid, self.gid)


def server_user(cluster: Path) -> ServerUser:
    """Choose who runs the server of a cluster, its owner if it exists; `EmbeddedUnavailable` if none can."""
    if os.geteuid() != 0:
        return ServerUser(os.geteuid(), os.getegid())
    uid, gid = _owner(cluster) if cluster.exists() else _stand_in()
    return ServerUser(uid, gid, _setpriv(uid, gid))


def _owner(cluster: Path) -> tuple[int, int]:
    result = cluster.stat()
    return result.st_uid, result.st_gid


def _stand_in() -> tuple[int, int]:
    for name in _STAND_INS:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return user.pw_uid, user.pw_gid
    raise EmbeddedUnavailable(
        "PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as.",
        "Run jobsvc as an ordinary user.",
    )


def _setpriv(uid: int, gid: int) -> tuple[str, ...]:
    """Return the words that make a command run as the user, yet reach files below private directories of root.

    The alternative would be to open those directories (the home of root, say) to everyone. `no_setuid_fixup`
    lets `access()` honour the capability as well, which is how PostgreSQL checks its own programs.
    """
    program = shutil.which("setpriv")
    if program is None:
        raise EmbeddedUnavailable(
            "PostgreSQL refuses to run as root, and setpriv, to run it as another user, is missing.",
            "Install util-linux, or run jobsvc as an ordinary user.",
        )
    capability = _searching_capability()
    return (
        program,
        f"--reuid={uid}",
        f"--regid={gid}",
        "--clear-groups",
        "--no-new-privs",
        "--securebits=+no_setuid_fixup",
        f"--inh-caps=+{capability}",
        f"--ambient-caps=+{capability}",
        "--",
    )


def _searching_capability() -> str:
    """Name the weakest capability at hand that does it; containers often lack the first."""
    return "dac_read_search" if _permitted_capabilities() >> _DAC_READ_SEARCH_BIT & 1 else "dac_override"


def _permitted_capabilities() -> int:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapPrm:"))
