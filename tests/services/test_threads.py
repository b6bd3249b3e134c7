"""Calls that block find a thread, also in a process that may not start one any more."""

import subprocess
import sys

from tests.ordinary_user import AS_ORDINARY_USER

PROGRAM = """
import asyncio, resource, threading
from jobsvc.services.threads import THREADS, begin_threads

async def calls():
    begin_threads()
    soft, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    resource.setrlimit(resource.RLIMIT_NPROC, (1, hard))
    together = threading.Barrier(THREADS)
    await asyncio.gather(*(asyncio.to_thread(together.wait, 10) for _ in range(THREADS)))
    resource.setrlimit(resource.RLIMIT_NPROC, (soft, hard))

asyncio.run(calls())
print("done")
"""


def test_all_threads_are_there_before_they_are_needed() -> None:
    ran = subprocess.run(
        [*AS_ORDINARY_USER, sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, timeout=30
    )
    assert (ran.stdout, ran.returncode) == ("done\n", 0), ran.stderr
