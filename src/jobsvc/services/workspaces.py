"""Workspaces: named directories of the host, and named buckets of an object store."""

import asyncio
import contextlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

import structlog

from jobsvc.db.database import Database
from jobsvc.domain.brokers import is_s3, read_s3_broker
from jobsvc.domain.errors import Conflict, InvalidRequest
from jobsvc.domain.filters import WorkspaceFilter
from jobsvc.domain.records import Document, WorkspaceItem
from jobsvc.domain.sorting import WorkspaceOrderField
from jobsvc.domain.writes import WorkspaceUpdate
from jobsvc.services.clock import Clock
from jobsvc.services.reading import ReadService
from jobsvc.storage import host, partial
from jobsvc.storage.places import AllowedPlaces
from jobsvc.storage.storages import Storages

log = structlog.get_logger(__name__)
DEFAULT = "default"
"""The workspace that takes uploads and outputs for which nobody named another one."""


@dataclass(frozen=True)
class NewWorkspace:
    """What a workspace is made of; its name is made of the title."""

    title: str
    configuration: object
    description: str | None = None
    base_url: str | None = None
    is_active: bool = True


class WorkspaceService(ReadService[WorkspaceFilter, WorkspaceOrderField, WorkspaceItem, WorkspaceItem]):
    """Use cases around workspaces."""

    def __init__(
        self, database: Database, clock: Clock, places: AllowedPlaces | None = None, storages: Storages | None = None
    ) -> None:
        """`places` says which directories may be workspaces, `storages` which buckets."""
        super().__init__(database, lambda tx: tx.workspaces)
        self._places = places or AllowedPlaces()
        self._storages = storages or Storages()
        self._clock = clock

    async def create(self, new: NewWorkspace) -> WorkspaceItem:
        """Store a workspace.

        Raises:
            Conflict: Its name is taken.
        """
        name = slug(new.title)
        workspace = WorkspaceUpdate(
            name=name,
            title=new.title,
            description=new.description,
            base_url=new.base_url,
            configuration=await self._checked(new.configuration),
            is_active=new.is_active,
            deprecated=None if new.is_active else self._clock(),
        )
        async with self._db.transaction() as tx:
            workspace_id = await tx.workspaces.add(workspace)
            if workspace_id is None:
                raise Conflict(f"There is a workspace '{name}' already.")
            return await tx.workspaces.get(workspace_id)

    async def change(self, workspace_id: int, change: WorkspaceUpdate) -> WorkspaceItem:
        """Change a workspace's title, description, base_url, is_active or configuration.

        Raises:
            NotFound: There is none.
        """
        columns = change.columns
        if "configuration" in columns:
            columns["configuration"] = await self._checked(change.configuration)
        if "is_active" in columns:
            columns["deprecated"] = None if change.is_active else self._clock()
        async with self._db.transaction() as tx:
            if columns:
                await tx.workspaces.change(workspace_id, WorkspaceUpdate(**columns))
            return await tx.workspaces.get(workspace_id)

    async def _checked(self, configuration: object) -> Document:
        if is_s3(configuration):
            broker = read_s3_broker(configuration)
            storage = self._storages.of_bucket(broker)
            try:
                await storage.check()
            except InvalidRequest as exc:
                raise InvalidRequest(f"configuration.broker.bucket_name: {exc.detail}") from None
            return {"broker": broker.document}
        result = check_broker(configuration)
        problem = self._places.problem_of_directory(Path(result["broker"]["host_path"]))
        if problem:
            raise InvalidRequest(f"configuration.broker.host_path: {problem}")
        return result

    async def sweep(self) -> None:
        """Remove what killed processes left of uploads and outputs; what is being written stays."""
        async with self._db.reading() as tx:
            roots = {Path(path) for path in await tx.workspaces.host_paths()}
        for root in sorted(roots):
            with contextlib.suppress(OSError):  # a workspace that cannot be reached now is swept another time
                for name in await asyncio.to_thread(partial.sweep, root):
                    log.info("upload.expired", workspace=str(root), name=name)

    async def ensure_default(self, directory: Path) -> None:
        """Make the default workspace, unless there is one."""
        await asyncio.to_thread(directory.mkdir, parents=True, exist_ok=True)
        configuration = {"broker": {"type": "host", "host_path": str(directory)}}
        async with self._db.transaction() as tx:
            await tx.workspaces.add(WorkspaceUpdate(name=DEFAULT, title="Default", configuration=configuration))


def slug(title: str) -> str:
    """A workspace's name: its title in lower case, with dashes for all but letters, digits and underscores."""
    name = re.sub(r"[^a-z0-9_]+", "-", title.lower()).strip("-")
    if not name:
        raise InvalidRequest("title: must have at least one letter or digit.")
    return name


def check_broker(configuration: object) -> Document:
    """The configuration when its broker is an existing directory of the host.

    Raises:
        InvalidRequest: It is not.
    """
    broker = configuration.get("broker") if isinstance(configuration, dict) else None
    if not isinstance(broker, dict) or set(broker) - {"type", "host_path"}:
        raise InvalidRequest("configuration.broker: must be an object with the members type and host_path.")
    if broker.get("type") != "host":
        raise InvalidRequest(
            "configuration.broker.type: must be 'host', a directory of the host, or 's3', a bucket of an object store."
        )
    path = broker.get("host_path")
    if not isinstance(path, str) or "\0" in path or not Path(path).is_absolute():
        raise InvalidRequest("configuration.broker.host_path: must be the absolute path of a directory.")
    # Unlike Path.is_dir, this says no instead of raising for a path that is too long or cannot be looked at.
    if not os.path.isdir(path):  # noqa: PTH112
        raise InvalidRequest(f"configuration.broker.host_path: '{path}' is not a directory of this host.")
    if host.is_of_the_system(Path(os.path.realpath(path))):
        raise InvalidRequest(f"configuration.broker.host_path: '{path}' is a system directory, not on a disk.")
    return {"broker": {"type": "host", "host_path": path}}
