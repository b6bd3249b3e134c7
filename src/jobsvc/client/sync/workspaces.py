"""Workspaces: directories of the service's host, or buckets, that hold files."""

from pathlib import Path
from typing import TYPE_CHECKING

from jobsvc.client.models import Json, Page, Workspace

if TYPE_CHECKING:
    from jobsvc.client.sync.transport import Transport


class Workspaces:
    """`/v6/workspaces/`."""

    def __init__(self, http: "Transport") -> None:
        self._http = http

    def list(self, *, page: int = 1, page_size: int = 100) -> Page[Workspace]:
        """A page of all workspaces, by name."""
        record: Page[Workspace] = self._http.get("v6/workspaces/", {"page": page, "page_size": page_size})
        return record

    def find(self, name: str) -> Workspace | None:
        """The workspace of this name."""
        for workspace in self._http.items("v6/workspaces/"):
            if workspace["name"] == name:
                result: Workspace = workspace
                return result
        return None

    def create(self, title: str, directory: Path, description: str | None = None) -> Workspace:
        """Make a directory of the service's host a workspace; its name is the title's slug (ApiError 409: taken)."""
        body = {"title": title, "description": description, "configuration": _configuration(directory)}
        created: Workspace = self._http.call("POST", "v6/workspaces/", json=body)
        return created

    def create_in_bucket(
        self, title: str, bucket: str, *, prefix: str = "", region: str | None = None, description: str | None = None
    ) -> Workspace:
        """Make a bucket of the service's object store, or what is below a prefix in it, a workspace (ApiError 409: taken)."""
        members = {"bucket_name": bucket, "prefix": prefix or None, "region_name": region}
        broker = {"type": "s3"} | {name: value for name, value in members.items() if value is not None}
        body = {"title": title, "description": description, "configuration": {"broker": broker}}
        created: Workspace = self._http.call("POST", "v6/workspaces/", json=body)
        return created

    def move(self, workspace_id: int, directory: Path) -> Workspace:
        """Say that the files of a workspace are in another directory."""
        body = {"configuration": _configuration(directory)}
        changed: Workspace = self._http.call("PATCH", f"v6/workspaces/{workspace_id}/", json=body)
        return changed


def _configuration(directory: Path) -> Json:
    return {"broker": {"type": "host", "host_path": str(directory)}}
