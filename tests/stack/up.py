"""`jobsvc up` as a process, and how to see what it does."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from tests.cli.support import JOBSVC, environment
from tests.embedded.support import wait_until_gone
from tests.waiting import until

STOP_LIMIT = 60.0


class Up:
    """One `jobsvc up`, which need not answer yet; what it says goes to `log`.

    Args:
        directory: for its data and its log.
        variables: further settings.
        prefix: what comes before `jobsvc` on the command line.
        redirections: what a shell does to its streams, as `2>&-`.
        python: the interpreter.
        command: what is run instead of `up`.
        output: a descriptor that takes what it says, instead of the log.

    """

    def __init__(
        self,
        directory: Path,
        variables: Mapping[str, str] | None = None,
        prefix: Sequence[str] = (),
        redirections: str = "",
        python: str | Path = sys.executable,
        command: str = "up",
        output: int | None = None,
    ) -> None:
        self.data_dir = directory / "data"
        self._environment = environment(self.data_dir) | dict(variables or {})
        self.port = int(self._environment["JOBSVC_PORT"])
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = directory / "up.log"
        self._is_mute = "2>" in redirections or output is not None
        words = ["sh", "-c", f'exec "$@" {redirections}', "sh", *prefix, str(python), *JOBSVC[1:], command]
        with self._log.open("ab") as log:
            out = log if output is None else output
            self.process = subprocess.Popen(
                words, env=self._environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )

    @property
    def pid(self) -> int:
        """The supervisor."""
        return self.process.pid

    @property
    def said(self) -> str:
        """All it and its parts have logged."""
        return self._log.read_text(errors="replace")

    def says(self, *words: str) -> list[str]:
        """The lines of the log with all the words in them."""
        return [line for line in self.said.splitlines() if all(word in line for word in words)]

    def answers(self) -> bool:
        """Whether the API answers; it fails when the process has ended."""
        assert self.process.poll() is None, self.said
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/v6/version/", timeout=5).is_success
        return False

    def await_answer(self) -> None:
        """Return once the API answers, and the supervisor knows it where it can say so."""
        until(self.answers)
        until(lambda: self.says("jobsvc answers at") or self._is_mute)

    def part(self, name: str) -> int | None:
        """The process of `serve` or `worker` that runs now."""
        return next((pid for pid in children(self.pid) if f" {name} --with-parent" in command_line(pid)), None)

    def kill(self, name: str) -> int:
        """Kill a part; gives the id that it had."""
        pid = until(lambda: self.part(name))
        os.kill(pid, signal.SIGKILL)
        return pid

    def await_other(self, name: str, before: int) -> int:
        """The id of the part once it is another process than before."""
        return until(lambda: pid if (pid := self.part(name)) != before else None)

    def end(self, *numbers: int) -> int:
        """Send signals and wait; gives the exit code, when nothing of the service is left."""
        for number in numbers:
            self.process.send_signal(number)
        code = self.process.wait(STOP_LIMIT)
        until(lambda: not self.left(), 5)
        wait_until_gone(self.data_dir)
        return code

    def left(self) -> list[str]:
        """The processes of the service that still run."""
        mark = f"JOBSVC_DATA_DIR={self.data_dir}\0".encode()
        return [command_line(pid) for pid in all_pids() if mark in b"\0" + _read(pid, "environ")]


@contextmanager
def running_up(directory: Path, **options: object) -> Iterator[Up]:
    """An `Up` that is gone at the end of the block, whatever happens."""
    up = Up(directory, **options)  # type: ignore[arg-type]
    try:
        yield up
    finally:
        if up.process.poll() is None:
            up.process.kill()
            up.process.wait()


def all_pids() -> list[int]:
    """Every process."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def children(pid: int) -> list[int]:
    """The child processes, dead ones included."""
    with suppress(OSError):
        tasks = Path(f"/proc/{pid}/task").iterdir()
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    return []


def command_line(pid: int) -> str:
    """The words of a process; nothing when it is dead."""
    return _read(pid, "cmdline").replace(b"\0", b" ").decode(errors="replace")


def will_hear(pid: int, number: signal.Signals) -> bool:
    """Whether a process catches a signal, or keeps it for later."""
    masks = re.findall(rb"^Sig(?:Blk|Cgt):\s*([0-9a-f]+)$", _read(pid, "status"), re.MULTILINE)
    return any(int(mask, 16) >> (number - 1) & 1 for mask in masks)


def _read(pid: int, name: str) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/{name}").read_bytes()
    return b""
