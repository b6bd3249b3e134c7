"""Bodies that come compressed: gzip, and no further than a body may be large."""

import zlib
from collections.abc import AsyncIterator

from fastapi import HTTPException, Request

from jobsvc.domain.errors import InvalidRequest

GZIP = frozenset({"gzip", "x-gzip"})
WINDOW = 16 + zlib.MAX_WBITS
PIECE_BYTES = 64 * 1024
LARGEST_RATIO = 200
"""More than anything that somebody wrote shrinks to; bombs have 1,000."""
FREE_BYTES = 2**20
"""That may come out of however little."""


def decoded(request: Request) -> AsyncIterator[bytes]:
    """The body in pieces, as it was before it was encoded.

    Raises HTTPException 415 for an encoding that is not known and 413 for a body that is made to explode, InvalidRequest
    for one that is broken.
    """
    listed = ",".join(request.headers.getlist("content-encoding")).split(",")
    encodings = [name.strip().lower() for name in listed if name.strip().lower() not in {"", "identity"}]
    if not encodings:
        return request.stream()
    if len(encodings) > 1 or encodings[0] not in GZIP:
        detail = f"Content-Encoding: {', '.join(encodings)} cannot be read; send the body as it is, or with gzip."
        raise HTTPException(415, detail, {"Accept-Encoding": "gzip, identity"})
    return _Gunzip().pieces(request)


class _Gunzip:
    """Any number of gzip members behind each other."""

    def __init__(self) -> None:
        self._zip = zlib.decompressobj(WINDOW)
        self._is_begun = False
        self._read = 0
        self._written = 0

    async def pieces(self, request: Request) -> AsyncIterator[bytes]:
        """What comes out, in pieces of bounded size."""
        async for chunk in request.stream():
            self._read += len(chunk)
            rest = chunk
            while rest:
                piece, rest = self._inflate(rest)
                yield piece
        if self._is_begun and not self._zip.eof:
            raise InvalidRequest("The gzip data of the body are incomplete.")

    def _inflate(self, data: bytes) -> tuple[bytes, bytes]:
        if self._zip.eof:
            self._zip = zlib.decompressobj(WINDOW)
        self._is_begun = True
        try:
            piece = self._zip.decompress(data, PIECE_BYTES)
        except zlib.error as exc:
            raise InvalidRequest("The body is not valid gzip, although its Content-Encoding says so.") from exc
        self._written += len(piece)
        if self._written > FREE_BYTES + LARGEST_RATIO * self._read:
            raise HTTPException(413, f"The body grows to more than {LARGEST_RATIO} times what was sent.")
        return piece, self._zip.unused_data if self._zip.eof else self._zip.unconsumed_tail
