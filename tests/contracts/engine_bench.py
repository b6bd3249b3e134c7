"""A log to look into, and executions in few words."""

import asyncio
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import uuid4

from jobsvc.domain.outcome import Canceled, Completed, Detached, Failed, HandedBack
from jobsvc.domain.seed import SeedManifest
from jobsvc.domain.status import Stream
from jobsvc.ports.engine import ExecutionEngine, LaunchSpec
from tests.parts.containers import SEED_IMAGE

TIMEOUT_SECONDS = 30.0
"""How long anything may take before its test fails."""

INSTALLATION = uuid4().hex[:12]
"""That of the runs of this process; others have runs on the same parts."""

EngineOutcome = Completed | Failed | Canceled | HandedBack
_ids = count(1)


class Log:
    """A log sink that keeps the lines and lets a test wait for one of them."""

    def __init__(self, seconds: float = TIMEOUT_SECONDS) -> None:
        """`seconds` is how long a line is waited for."""
        self._seconds = seconds
        self.lines: list[tuple[Stream, bytes]] = []
        self._came = asyncio.Event()

    async def write(self, stream: Stream, lines: Sequence[bytes], at: datetime | None = None) -> None:  # noqa: ARG002
        """Keep lines."""
        self.lines += [(stream, line) for line in lines]
        self._came.set()

    @property
    def line_count(self) -> int:
        """How many lines came."""
        return len(self.lines)

    @property
    def last_time(self) -> datetime:
        """Nothing is dated here."""
        return datetime.now(UTC)

    def resume_at(self, line_count: int, last_time: datetime) -> None:  # noqa: ARG002
        """Drop the lines behind this one: they come again."""
        del self.lines[line_count:]

    @property
    def stdout(self) -> list[bytes]:
        """The lines of the standard output."""
        return [line for stream, line in self.lines if stream is Stream.STDOUT]

    @property
    def stderr(self) -> list[bytes]:
        """The lines of the error output, among them those of the engine."""
        return [line for stream, line in self.lines if stream is Stream.STDERR]

    async def until(self, line: bytes) -> None:
        """Wait until this line has come."""
        async with asyncio.timeout(self._seconds):
            while line not in [item for _, item in self.lines]:
                self._came.clear()
                await self._came.wait()


@dataclass
class Bench:
    """An engine, and the log that all executions of a test write to."""

    engine: ExecutionEngine
    log: Log = field(default_factory=Log)
    seconds: float = TIMEOUT_SECONDS
    """How long an execution may take."""

    async def run(self, spec: LaunchSpec) -> EngineOutcome:
        """Run an execution to its end, which may not take long."""
        async with asyncio.timeout(self.seconds):
            outcome = await self.engine.run(spec, self.log)
        assert not isinstance(outcome, Detached)
        return outcome

    def start(self, spec: LaunchSpec) -> "asyncio.Task[EngineOutcome]":
        """Run an execution beside the test."""
        return asyncio.create_task(self.run(spec))


def manifest(**components: Any) -> SeedManifest:
    """A manifest with these parts."""
    return replace(SeedManifest("test", "1.0.0", "1.0.0", "Test", "", 0), **components)


def sh(script: str, declared: SeedManifest | None = None, **members: Any) -> LaunchSpec:
    """An execution of a shell script in its output directory; `declared` is the rest of its manifest.

    Its variables are replaced twice: by the engine and, those that are unknown to it, by the shell.
    """
    command = f"sh -c {shlex.quote(f'cd $OUTPUT_DIR; {script}')}"
    return spec(replace(declared or manifest(), command=command), **members)


def py(script: str, declared: SeedManifest | None = None, **members: Any) -> LaunchSpec:
    """The same for a Python script."""
    return spec(replace(declared or manifest(), command=f"python3 -c {shlex.quote(script)}"), **members)


def spec(declared: SeedManifest, **members: Any) -> LaunchSpec:
    """An execution with an id of its own and nothing beside what is said."""
    nothing = LaunchSpec(
        execution_id=next(_ids),
        job_id=7,
        exe_num=2,
        cluster_id="",
        manifest=declared,
        docker_image=SEED_IMAGE,
        file_inputs={},
        json_inputs={},
        settings={},
        mounts={},
        resources={},
        timeout=None,
    )
    made = replace(nothing, **members)
    return replace(made, handle=f"jobsvc-{INSTALLATION}-{made.execution_id}-1")
