"""What asyncio does otherwise than threads; `jobsvc.client.sync.waiting` is written by hand, like this one."""

import asyncio
from typing import BinaryIO


async def sleep(seconds: float) -> None:
    """Wait."""
    await asyncio.sleep(seconds)


async def read(file: BinaryIO, size: int) -> bytes:
    """The next bytes of a file, without holding up other tasks."""
    return await asyncio.to_thread(file.read, size)
