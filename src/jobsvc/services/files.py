"""Files: registered where they lie, or uploaded; listed and read."""

import asyncio
import mimetypes
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from uuid import uuid4

from jobsvc.db.database import Database
from jobsvc.domain.brokers import is_s3
from jobsvc.domain.errors import Conflict, InvalidRequest, NotFound
from jobsvc.domain.filters import FileFilter
from jobsvc.domain.records import FileItem, WorkspaceItem
from jobsvc.domain.sorting import FileOrderField
from jobsvc.domain.writes import FileDetails, FileInsert
from jobsvc.ports.storage import Storage, StoredFile
from jobsvc.services.clock import Clock
from jobsvc.services.reading import ReadService
from jobsvc.services.workspaces import DEFAULT
from jobsvc.storage import host
from jobsvc.storage.host_storage import HostStorage
from jobsvc.storage.places import AllowedPlaces
from jobsvc.storage.storages import Storages

UNKNOWN_MEDIA_TYPE = "application/octet-stream"


@dataclass(frozen=True)
class NewFile:
    """What is said of a file: the workspace by name or id, where it lies there, and what is known of it."""

    workspace: str | int = DEFAULT
    file_path: str | None = None
    file_name: str | None = None
    media_type: str | None = None
    details: FileDetails = field(default_factory=FileDetails)


@dataclass(frozen=True)
class StoredContent:
    """What is in a file that does not lie on this host."""

    storage: Storage
    path: str
    file: StoredFile

    def read(self, begin: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `begin` to before `end`."""
        return self.storage.read(self.path, self.file, begin, end)

    async def link(self) -> str | None:
        """Where whoever asked for it gets it without this service; None: nowhere."""
        return await self.storage.link(self.path)


class FileService(ReadService[FileFilter, FileOrderField, FileItem, FileItem]):
    """Use cases around files."""

    def __init__(
        self, database: Database, clock: Clock, places: AllowedPlaces | None = None, storages: Storages | None = None
    ) -> None:
        """`places` says where no files may be read or written, whatever a workspace is."""
        super().__init__(database, lambda tx: tx.files)
        self._places = places or AllowedPlaces()
        self._storages = storages or Storages()
        self._clock = clock

    async def register(self, new: NewFile) -> tuple[FileItem, bool]:
        """Record a file that lies in a workspace, and say whether it is new.

        Raises:
            InvalidRequest: It lies elsewhere.
        """
        if new.file_path is None:
            raise InvalidRequest("file_path: is required.")
        workspace = await self._workspace(new.workspace)
        await self._require_foreign(workspace, new.file_path)
        size = (await self._storages.of(workspace.configuration).stat(new.file_path)).size
        path = str(PurePosixPath(new.file_path))
        async with self._db.reading() as tx:
            known = await tx.files.find_id_at(workspace.id, path)
        if known is not None:
            return await self.get(known), False
        return await self._add(workspace, path, size, new), True

    async def upload(self, new: NewFile, chunks: AsyncIterable[bytes]) -> FileItem:
        """Store a file from a stream and record it; leaves nothing behind when either fails."""
        path = self._upload_path(new)
        workspace = await self._workspace(new.workspace)
        await self._require_foreign(workspace, path)
        try:
            return await self._store(workspace, path, new, chunks)
        except BaseException:
            if new.file_path is None and not is_s3(workspace.configuration):
                host.remove_directory(Path(workspace.host_path), path)
            raise

    async def open(self, file_id: int) -> tuple[FileItem, "int | StoredContent"]:
        """A file and a descriptor of what is in it, to be closed, or how to read what does not lie on this host.

        Raises:
            NotFound: It was deleted or is gone.
        """
        item = await self.get(file_id)
        if item.file.is_deleted:
            raise NotFound("The content of file", file_id)
        try:
            await self._require_foreign(item.workspace, item.file.file_path)
            storage = self._storages.of(item.workspace.configuration)
            if isinstance(storage, HostStorage):
                return item, await storage.open(item.file.file_path)
            return item, StoredContent(storage, item.file.file_path, await storage.stat(item.file.file_path))
        except InvalidRequest:
            raise NotFound("The content of file", file_id) from None

    async def _require_foreign(self, workspace: WorkspaceItem, path: str) -> None:
        """Raise InvalidRequest for a file of the service itself: its workspace was made before, or imported, or mounted since."""
        if is_s3(workspace.configuration):
            return
        if await asyncio.to_thread(self._places.is_own, Path(workspace.host_path) / path):
            raise InvalidRequest(f"file_path: '{path}' is a file of the service itself.")

    async def _store(self, workspace: WorkspaceItem, path: str, new: NewFile, chunks: AsyncIterable[bytes]) -> FileItem:
        storage = self._storages.of(workspace.configuration)
        size = await storage.store(path, chunks)
        try:
            return await self._add(workspace, path, size, new)
        except BaseException:
            await asyncio.shield(storage.remove(path))
            raise

    def _upload_path(self, new: NewFile) -> str:
        if new.file_path is not None:
            return str(host.check_relative(new.file_path, "file_path"))
        name = new.file_name or ""
        if not name or "/" in name or name in {".", ".."}:
            raise InvalidRequest("file_name: the name of the file, without a directory, is required.")
        return str(host.check_relative(f"uploads/{self._clock():%Y/%m/%d}/{uuid4().hex}/{name}", "file_name"))

    async def _workspace(self, id_or_name: str | int) -> WorkspaceItem:
        async with self._db.reading() as tx:
            record = await tx.workspaces.find(id_or_name)
        if record is None:
            raise InvalidRequest(f"workspace: there is no workspace '{id_or_name}'.")
        if not record.is_active:
            raise InvalidRequest(f"workspace: the workspace '{record.name}' is not active.")
        return record

    async def _add(self, workspace: WorkspaceItem, path: str, size: int, new: NewFile) -> FileItem:
        name = PurePosixPath(path).name
        media_type = new.media_type or mimetypes.guess_type(name)[0] or UNKNOWN_MEDIA_TYPE
        file = FileInsert(workspace.id, name, path, "SOURCE", size, media_type, uuid4().hex, new.details)
        async with self._db.transaction() as tx:
            file_id = await tx.files.add(file)
            if file_id is None:
                raise Conflict(f"The workspace '{workspace.name}' has a file at '{path}' already.")
        return await self.get(file_id)
