"""Files: uploaded, registered where they lie, listed, read."""

from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jobsvc.client.aio import waiting
from jobsvc.client.models import File, Page

if TYPE_CHECKING:
    from jobsvc.client.aio.transport import Transport

CHUNK_BYTES = 2**18
IDS_PER_REQUEST = 100
"""Few enough for the length that servers allow a URL."""


class Files:
    """`/v6/files/`."""

    def __init__(self, http: "Transport") -> None:
        self._http = http

    async def list(
        self, *, name: str | None = None, workspace_id: int | None = None, page: int = 1, page_size: int = 100
    ) -> Page[File]:
        """A page of the files of this name and workspace."""
        params = {"file_name": name, "workspace_id": workspace_id, "page": page, "page_size": page_size}
        record: Page[File] = await self._http.get("v6/files/", params)
        return record

    async def get(self, file_id: int) -> File:
        """A file."""
        file: File = await self._http.get(f"v6/files/{file_id}/")
        return file

    async def by_ids(self, file_ids: Sequence[int]) -> dict[int, File]:
        """The files with these ids, by id; unknown ones are missing."""
        result: dict[int, File] = {}
        for start in range(0, len(file_ids), IDS_PER_REQUEST):
            params = {"file_id": [*file_ids[start : start + IDS_PER_REQUEST]], "page_size": IDS_PER_REQUEST}
            page: Page[File] = await self._http.get("v6/files/", params)
            result |= {file["id"]: file for file in page["results"]}
        return result

    async def register(self, workspace: str, path: str, media_type: str | None = None) -> File:
        """Make a file known that lies in a workspace, at this path within it; one that is known stays as it is."""
        body = {"workspace": workspace, "file_path": path, "media_type": media_type}
        registered: File = await self._http.call("POST", "v6/files/", json=body)
        return registered

    async def upload(
        self,
        path: Path,
        *,
        workspace: str | None = None,
        media_type: str | None = None,
        on_chunk: Callable[[int], object] = lambda _size: None,
    ) -> File:
        """Send a local file, however large; `on_chunk` hears of each piece's bytes.

        Raises:
            OSError: It cannot be read.
        """
        params = {"file_name": path.name, "workspace": workspace, "media_type": media_type}
        response = await self._http.send("POST", "v6/files/upload/", params=params, content=_chunks(path, on_chunk))
        uploaded: File = response.json()
        return uploaded

    async def content(self, file_id: int) -> AsyncIterator[bytes]:
        """What is in a file, piece by piece."""
        async for piece in self._http.stream(f"v6/files/{file_id}/content/"):
            yield piece


async def _chunks(path: Path, on_chunk: Callable[[int], object]) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := await waiting.read(file, CHUNK_BYTES):
            yield chunk
            on_chunk(len(chunk))
