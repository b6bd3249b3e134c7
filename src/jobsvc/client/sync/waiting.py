"""What threads do otherwise than asyncio; `jobsvc.client.aio.waiting` is the other one of the pair."""

import time
from typing import BinaryIO


def sleep(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)


def read(file: BinaryIO, size: int) -> bytes:
    """The next bytes of a file."""
    return file.read(size)
