"""The threads of a process of the service, begun before there is work for them."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

THREADS = 8
"""How many calls that block go on at a time in one process: those of files, mostly."""


def begin_threads() -> None:
    """Have the running loop use threads that are there already. RuntimeError when they cannot be started.

    An executor that starts a thread on demand takes the call first: where the system refuses the thread, the caller learns
    that it failed, tries it again, and the call is carried out nevertheless by the next thread that is free. Of lines that
    are read twice like that, some were lost.
    """
    executor = ThreadPoolExecutor(THREADS, thread_name_prefix="blocking")
    together = threading.Barrier(THREADS)
    try:
        for begun in [executor.submit(together.wait) for _ in range(THREADS)]:
            begun.result()
    except RuntimeError:
        together.abort()  # or those that began would wait for the others for ever
        raise
    asyncio.get_running_loop().set_default_executor(executor)
