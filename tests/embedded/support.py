"""Processes that share a server, and how to see that none of a server is left."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import jobsvc
from jobsvc.embedded import EmbeddedPostgres
from jobsvc.embedded.data_dir import DataDirPaths
from jobsvc.file_lock import FileLock

SOURCES = Path(jobsvc.__file__).parents[1]
PROGRAM = Path(__file__).with_name("process.py")
GONE_LIMIT = 15.0  # seconds


class Process:
    """Another process with an EmbeddedPostgres for a data directory (see process.py).

    Args:
        data_dir: its data directory.
        command: the Python that runs it, and what comes before.
        path: where that Python finds the packages.

    """

    def __init__(
        self,
        data_dir: Path,
        command: tuple[str | Path, ...] = (sys.executable,),
        path: tuple[Path, ...] = (SOURCES,),
    ) -> None:
        self._popen = subprocess.Popen(
            # As text, because the file may be one that its user cannot read.
            [*command, "-c", PROGRAM.read_text(), data_dir],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, path))},
            start_new_session=True,
            cwd="/",
        )

    def send(self, word: str) -> None:
        """Ask without waiting for the answer."""
        assert self._popen.stdin
        self._popen.stdin.write(f"{word}\n")
        self._popen.stdin.flush()

    def answer(self) -> Mapping[str, Any]:
        """Wait for the next answer."""
        assert self._popen.stdout
        return dict(json.loads(self._popen.stdout.readline()))

    def ask(self, word: str) -> Mapping[str, Any]:
        """Ask and wait for the answer."""
        self.send(word)
        return self.answer()

    def kill(self) -> None:
        """Kill it alone, without its children."""
        self._popen.kill()
        self._popen.wait()

    def press_ctrl_c(self) -> None:
        """Send what a terminal sends: SIGINT to its whole process group."""
        os.killpg(self._popen.pid, signal.SIGINT)

    def close(self) -> None:
        """Kill it with the children of its process group."""
        with self._popen, suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signal.SIGKILL)


Query = Callable[[str, str], Any]
MakeServer = Callable[..., EmbeddedPostgres]
MakeProcess = Callable[..., Process]


def wait_until_gone(data_dir: Path) -> None:
    """See that within seconds no process of the server is left."""
    if data_dir.exists():
        lock = FileLock(DataDirPaths(data_dir).server_lock)
        assert lock.acquire(GONE_LIMIT)
        lock.release()


def postmaster(data_dir: Path) -> int:
    """Give the pid of the running postmaster."""
    return int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0])


def watcher(data_dir: Path) -> int:
    """Give the pid of the watcher of the running postmaster, which is its parent."""
    status = Path(f"/proc/{postmaster(data_dir)}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid:"))
