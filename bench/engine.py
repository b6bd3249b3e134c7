"""What the engine `subprocess` costs: CPU of a job that does nothing, and of each line of one that writes much."""

import argparse
import asyncio
import resource
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from jobsvc.domain.seed import SeedManifest
from jobsvc.domain.status import Stream
from jobsvc.engines.subprocess import SubprocessEngine
from jobsvc.ports.engine import LaunchSpec

NOTHING = LaunchSpec(
    execution_id=0,
    job_id=1,
    exe_num=1,
    cluster_id="",
    manifest=SeedManifest("bench", "1.0.0", "1.0.0", "Bench", "", 0),
    docker_image=None,
    file_inputs={},
    json_inputs={},
    settings={},
    mounts={},
    resources={},
    timeout=None,
)


class Counted:
    """A log sink that only counts."""

    lines = 0

    async def write(self, stream: Stream, lines: Sequence[bytes], at: datetime | None = None) -> None:  # noqa: ARG002 (not kept)
        """Count lines."""
        self.lines += len(lines)


async def main(jobs: int, lines: int) -> None:
    """Measure and print."""
    began = _cpu()
    clock = time.monotonic()
    await _run(["true"] * jobs)
    # Children count when they have been waited for, those of other children included: at the end.
    own, children = (now - before for now, before in zip(_cpu(), began, strict=True))
    wall = time.monotonic() - clock
    result = [f"{seconds / jobs * 1e3:.2f} ms" for seconds in (own, children, wall)]
    print(
        f"{jobs} jobs `true`, one by one: each {result[0]} CPU of the worker, "
        f"{result[1]} of its children, {result[2]} by the clock"
    )
    began, clock = _cpu(), time.monotonic()
    written = await _run([f"seq 1 {lines}"])
    own = _cpu()[0] - began[0]
    rate = written / (time.monotonic() - clock)
    print(f"{written} lines: {rate:,.0f} lines/s, {own / written * 1e6:.2f} us CPU of the worker a line")


async def _run(commands: Sequence[str]) -> int:
    logs = Counted()
    with tempfile.TemporaryDirectory() as directory:
        engine = SubprocessEngine(Path(directory), worker_id="bench", grace_seconds=1)
        for number, command in enumerate(commands):
            manifest = replace(NOTHING.manifest, command=command)
            await engine.run(replace(NOTHING, execution_id=number, manifest=manifest), logs)
            await engine.release(number)
        await engine.close()
    return logs.lines


def _cpu() -> tuple[float, float]:
    """CPU seconds of this process, and of those that it has waited for."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    own, children = (usage.ru_utime + usage.ru_stime for usage in usages)
    return own, children


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--lines", type=int, default=1_000_000)
    chosen = parser.parse_args()
    asyncio.run(main(chosen.jobs, chosen.lines))
