"""Uploads: streamed into a workspace, or nothing of them stays."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from jobsvc.db.tables import FileRow
from jobsvc.domain.filters import WorkspaceFilter
from jobsvc.domain.paging import PageRequest
from tests.api.conftest import Stage
from tests.api.rows import counts
from tests.support import BASE

pytestmark = pytest.mark.asyncio(loop_scope="module")
UPLOAD = "/v6/files/upload/"


@pytest_asyncio.fixture(loop_scope="module")
async def root(stage: Stage) -> Path:
    """The directory of the default workspace."""
    page = await stage.services.workspaces.list(WorkspaceFilter(), (), PageRequest())
    return next(Path(item.host_path) for item in page.items if item.name == "default")


def files_in(directory: Path) -> list[str]:
    """Everything below a directory but directories that hold something."""
    paths = (path for path in directory.rglob("*") if not path.is_dir() or not any(path.iterdir()))
    return sorted(str(path.relative_to(directory)) for path in paths)


async def upload(stage: Stage, *, content: bytes = b"hello\n", **query: str) -> dict[str, Any]:
    answer = await stage.client.request("POST", UPLOAD, params=query, content=content)
    assert answer.status_code == 201, answer.text
    file: dict[str, Any] = answer.json()
    return file


async def test_an_uploaded_file_is_stored_under_a_path_of_its_own(stage: Stage, root: Path) -> None:
    answer = await stage.client.request("POST", "/v7/files/upload", params={"file_name": "a b.txt"}, content=b"hello\n")
    file = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (201, f"{BASE}/v7/files/{file['id']}/")
    assert re.fullmatch(r"uploads/\d{4}/\d\d/\d\d/[0-9a-f]{32}/a b\.txt", file["file_path"])
    assert (root / file["file_path"]).read_bytes() == b"hello\n"
    said = {"file_name": "a b.txt", "file_size": 6, "file_type": "SOURCE", "media_type": "text/plain", "is_deleted": False}
    assert {name: file[name] for name in said} == said
    assert file["url"] == f"{BASE}/v7/files/{file['id']}/content/"
    assert (await stage.client.get(f"/v7/files/{file['id']}/")).json() == file


async def test_the_same_name_twice_makes_two_files(stage: Stage) -> None:
    first, second = await upload(stage, file_name="twice"), await upload(stage, file_name="twice")
    assert first["file_path"] != second["file_path"]


@pytest.mark.parametrize(
    ("query", "media_type"),
    [
        ({"file_name": "a.tif"}, "image/tiff"),
        ({"file_name": "a.unheard-of"}, "application/octet-stream"),
        ({"file_name": "a.tif", "media_type": "image/png"}, "image/png"),
    ],
)
async def test_the_media_type_is_guessed_unless_it_is_said(stage: Stage, query: dict[str, str], media_type: str) -> None:
    assert (await upload(stage, content=b"x", **query))["media_type"] == media_type


@pytest.mark.parametrize("path", ["top.txt", "some/where/deep.txt", "./dot//double.txt", "ümläut \u65e5\u672c.txt", "x" * 255])
async def test_a_path_may_be_chosen(stage: Stage, root: Path, path: str) -> None:
    file = await upload(stage, file_path=path)
    assert file["file_path"] == str(Path(path))
    assert (root / path).read_bytes() == b"hello\n"


async def test_a_file_may_be_empty_or_come_in_many_pieces(stage: Stage) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(300):
            yield b"x" * 1000

    assert (await upload(stage, content=b"", file_name="empty"))["file_size"] == 0
    answer = await stage.client.request("POST", UPLOAD, params={"file_name": "large"}, content=pieces())
    assert answer.json()["file_size"] == 300_000


async def test_another_workspace(stage: Stage, tmp_path: Path) -> None:
    configuration = {"broker": {"type": "host", "host_path": str(tmp_path)}}
    await stage.client.post("/v6/workspaces/", {"title": "Elsewhere", "configuration": configuration})
    file = await upload(stage, workspace="elsewhere", file_path="here.txt")
    assert file["workspace"]["name"] == "elsewhere"
    assert (tmp_path / "here.txt").read_bytes() == b"hello\n"


REFUSED = [
    ({}, 400, "file_name"),
    ({"file_name": ""}, 400, "file_name"),
    ({"file_name": "."}, 400, "file_name"),
    ({"file_name": ".."}, 400, "file_name"),
    ({"file_name": "a/b"}, 400, "file_name"),
    ({"file_name": "a\0b"}, 400, "file_name"),
    ({"file_name": "x" * 256}, 400, "file_name"),
    ({"file_name": "x" * 300}, 400, "file_name"),
    ({"file_name": "\u65e5" * 100}, 400, "file_name"),
    ({"file_name": ".jobsvc-partial-x"}, 400, "file_name"),
    ({"file_path": ""}, 400, "file_path"),
    ({"file_path": "."}, 400, "file_path"),
    ({"file_path": "/etc/passwd"}, 400, "file_path"),
    ({"file_path": "../up"}, 400, "file_path"),
    ({"file_path": "a/../../up"}, 400, "file_path"),
    ({"file_path": "a/../b"}, 400, "file_path"),
    ({"file_path": "a\0"}, 400, "file_path"),
    ({"file_path": "a/" * 3000 + "b"}, 400, "file_path"),
    ({"file_path": f"a/{'x' * 256}/b"}, 400, "file_path"),
    ({"file_path": "out/passwd"}, 400, "file_path"),
    ({"file_path": "dangling"}, 400, "file_path"),
    ({"file_name": "a", "workspace": "nowhere"}, 400, "workspace"),
    ({"file_name": "a", "workspace": "\0"}, 400, "workspace"),
    ({"file_name": "a", "workspace": "closed"}, 400, "workspace"),
    ({"file_name": "a", "media_type": "\0"}, 400, "media_type"),
    ({"file_path": "taken"}, 409, "The workspace has a file at 'taken', or above it, already."),
    ({"file_path": "taken/below"}, 409, "The workspace has a file at 'taken/below', or above it, already."),
    ({"file_path": "taken/below/deep"}, 409, "The workspace has a file at 'taken/below/deep', or above it, already."),
    ({"file_path": "directory"}, 409, "The workspace has a file at 'directory', or above it, already."),
    ({"file_path": "recorded"}, 409, "The workspace 'default' has a file at 'recorded' already."),
]


@pytest_asyncio.fixture(loop_scope="module")
async def obstacles(stage: Stage, root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What stands in the way in the default workspace: files, a directory, links that lead out of it, a record without a file."""
    if (root / "taken").exists():
        return
    outside = tmp_path_factory.mktemp("outside")
    (root / "taken").write_text("old")
    (root / "directory").mkdir()
    (root / "directory/inside").touch()
    (root / "out").symlink_to(outside)
    (root / "dangling").symlink_to(outside / "gone")
    (root / (await upload(stage, file_path="recorded"))["file_path"]).unlink()
    closed = {"title": "Closed", "is_active": False, "configuration": {"broker": {"type": "host", "host_path": str(outside)}}}
    await stage.client.post("/v6/workspaces/", closed)


@pytest.mark.usefixtures("obstacles")
@pytest.mark.parametrize(("query", "status", "where"), REFUSED)
async def test_what_is_refused_leaves_nothing(stage: Stage, root: Path, query: dict[str, str], status: int, where: str) -> None:
    before = (files_in(root), await counts(stage.db, FileRow))
    answer = await stage.client.request("POST", UPLOAD, params=query, content=b"new")
    assert (answer.status_code, answer.json()["detail"].partition(":")[0]) == (status, where)
    assert (files_in(root), await counts(stage.db, FileRow)) == before
    assert (root / "taken").read_text() == "old"


@pytest.mark.usefixtures("obstacles")
@pytest.mark.parametrize("query", [b"file_name=broken", b"file_path=broken"])
async def test_a_client_that_goes_away_leaves_nothing(stage: Stage, root: Path, query: bytes) -> None:
    before = (files_in(root), await counts(stage.db, FileRow))
    messages: Iterator[dict[str, Any]] = iter(
        [{"type": "http.request", "body": b"half", "more_body": True}, {"type": "http.disconnect"}]
    )
    scope = {"type": "http", "method": "POST", "path": UPLOAD, "query_string": query, "headers": [], "scheme": "http"}

    async def receive() -> dict[str, Any]:
        return next(messages)

    async def send(_message: Any) -> None:
        """Nobody is there."""

    await stage.client.app({**scope, "server": ("service.test", 80), "http_version": "1.1", "root_path": ""}, receive, send)
    assert (files_in(root), await counts(stage.db, FileRow)) == before
