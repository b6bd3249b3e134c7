"""A worker to be killed: runs a shell script with the engine `subprocess` and passes the script's lines on.

Arguments: the scratch directory, the id of the worker, the script and, to do without supervisors, `plain`.
"""

import asyncio
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from jobsvc.domain.status import Stream
from jobsvc.engines.subprocess import SubprocessEngine

from .engine_bench import sh


class _Standard:
    async def write(self, stream: Stream, lines: Sequence[bytes], at: datetime | None = None) -> None:  # noqa: ARG002
        print(*(line.decode() for line in lines), sep="\n", flush=True)  # noqa: T201


async def _main(scratch: str, worker_id: str, script: str, how: str = "") -> None:
    engine = SubprocessEngine(Path(scratch), worker_id=worker_id, grace_seconds=1, supervised=how != "plain")
    await engine.run(sh(script), _Standard())


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
