"""Logs as files: their names, and compression while they are sent."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from enum import StrEnum

from jobsvc.api.logs.formats import Format

EXTENSIONS = {Format.ELASTICSEARCH: "json"}
"""Of formats that are not called like their files."""
GZIP_WINDOW = 31
"""What zlib calls a gzip member with the largest window."""


class Compression(StrEnum):
    """How a file is packed."""

    GZIP = "gzip"


def file_name(execution_id: int, log_id: str, form: Format) -> str:
    """`job-exe-12-stdout.txt`."""
    return f"job-exe-{execution_id}-{log_id}.{EXTENSIONS.get(form, form)}"


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether the header names gzip and does not refuse it by `q=0`."""
    for part in accept_encoding.split(","):
        name, _, parameters = part.partition(";")
        if name.strip().lower() in {"gzip", "*"}:
            return parameters.replace(" ", "").rstrip(".0") != "q="
    return False


async def gzipped(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The chunks, compressed as they come; in a thread, for a page takes milliseconds."""
    packer = zlib.compressobj(wbits=GZIP_WINDOW)
    async for chunk in chunks:
        packed = await asyncio.to_thread(packer.compress, chunk)
        if packed:
            yield packed
    yield packer.flush()
