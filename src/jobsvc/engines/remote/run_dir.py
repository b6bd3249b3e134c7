"""The directory of a remote run, which outlives the worker that made it: `<runs>/<engine>/<handle>/`."""

import os
import struct
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from jobsvc.engines.scratch import ExecutionDir
from jobsvc.ports.remote_engine import RunSpec

PRIVATE = 0o700
_POSITION = struct.Struct(">Q")


@dataclass(frozen=True)
class Prepared:
    """What whoever takes a run over has to know: what is run, and how many lines its log had before its own first one."""

    run: RunSpec
    line_count: int
    last_time: datetime


_PREPARED: TypeAdapter[Prepared] = TypeAdapter(Prepared)


@dataclass(frozen=True)
class RunDir(ExecutionDir):
    """The directory of one run, whether it exists or not. Every method may raise OSError."""

    def clear(self) -> None:
        """Make room for the directory: what a worker left that died while it prepared it is removed."""
        self.remove()
        self.root.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)

    def record_prepared(self, prepared: Prepared) -> None:
        """Note durably what is to be run, before any engine is called."""
        self._write("prepared.json", _PREPARED.dump_json(prepared))

    def record_submitted(self) -> None:
        """Note durably that the engine has the run."""
        self._write("submitted", b"")

    def record_split(self, position: int) -> None:
        """Note that a line was passed on without its end, at a position of the whole log in bytes."""
        with (self.root / "splits").open("ab") as file:
            file.write(_POSITION.pack(position))

    def prepared(self) -> Prepared | None:
        """What was to be run; None when no worker came so far."""
        try:
            return _PREPARED.validate_json((self.root / "prepared.json").read_bytes())
        except FileNotFoundError:
            return None

    def is_submitted(self) -> bool:
        """Whether an engine is known to have had the run."""
        return (self.root / "submitted").exists()

    def splits(self) -> list[int]:
        """The noted positions, in the sequence of the log; one that was cut off is none."""
        try:
            content = (self.root / "splits").read_bytes()
        except FileNotFoundError:
            return []
        whole = content[: len(content) - len(content) % _POSITION.size]
        if len(whole) != len(content):
            (self.root / "splits").write_bytes(whole)
        return [position for (position,) in _POSITION.iter_unpack(whole)]

    def _write(self, name: str, content: bytes) -> None:
        beside = self.root / f"{name}.new"
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.rename(self.root / name)
