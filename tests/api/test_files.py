"""Files: registered where they lie, listed, read (docs/spec/behaviour/keys-v6.md#files and docs/spec/behaviour/siblings.md)."""

from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import update

from jobsvc.db.tables import FileRow
from tests.api.conftest import Stage
from tests.api.rows import counts
from tests.support import BASE

pytestmark = pytest.mark.asyncio(loop_scope="module")
DIGITS = b"0123456789"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def root(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the default workspace, with files that nobody has registered."""
    root = Path((await stage.services.workspaces.get(1)).host_path)
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret").touch()
    (root / "data").mkdir()
    for name in ("digits.txt", "again.txt", "said.txt", "gone.txt", "deleted.txt", "odd.bin"):
        (root / "data" / name).write_bytes(DIGITS)
    (root / "out").symlink_to(outside)
    (root / "link").symlink_to(outside / "secret")
    (root / "inside").symlink_to(root / "data/digits.txt")
    return root


async def registered(stage: Stage, path: str, **members: Any) -> dict[str, Any]:
    answer = await stage.client.post("/v6/files/", {"file_path": path, **members})
    assert answer.status_code == 201, answer.text
    file: dict[str, Any] = answer.json()
    return file


SAID = {
    "media_type": "text/x-special",
    "data_type_tags": ["a", "b"],
    "source_sensor_class": "radar",
    "source_sensor": "s",
    "source_collection": "c",
    "source_task": "t",
    "meta_data": {"more": {"of": ["it"]}},
}


@pytest.mark.usefixtures("root")
async def test_a_file_is_registered_with_what_is_said_of_it(stage: Stage) -> None:
    times = {"data_started": "2020-01-01T01:00:00+01:00", "data_ended": "2020-01-02T00:00:00Z"}
    answer = await stage.client.post("/v6/files/", {"file_path": "data/said.txt", "workspace_id": "1", **SAID, **times})
    file = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (201, f"{BASE}/v6/files/{file['id']}/")
    written = {"data_started": "2020-01-01T00:00:00Z", "data_ended": "2020-01-02T00:00:00Z", "source_started": None}
    expected = {**SAID, **written, "file_name": "said.txt", "file_path": "data/said.txt", "file_size": 10, "file_type": "SOURCE"}
    assert {name: file[name] for name in expected} == expected
    assert file["workspace"] == {"id": 1, "name": "default"}


@pytest.mark.usefixtures("root")
async def test_a_file_is_registered_once(stage: Stage) -> None:
    first = await registered(stage, "data/again.txt", workspace="default")
    again = await stage.client.post("/v6/files/", {"file_path": "./data//again.txt", "source_task": "other"})
    assert (again.status_code, again.json()) == (200, first)


@pytest.mark.usefixtures("root")
async def test_a_link_within_the_workspace_is_a_file_like_others(stage: Stage) -> None:
    file = await registered(stage, "inside")
    assert (await stage.client.get(f"/v6/files/{file['id']}/content/")).content == DIGITS


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({}, "file_path"),
    ({"file_path": None}, "file_path"),
    ({"file_path": 1}, "file_path"),
    ({"file_path": ""}, "file_path"),
    ({"file_path": "\0"}, "file_path"),
    ({"file_path": "data"}, "file_path"),
    ({"file_path": "data/missing.txt"}, "file_path"),
    ({"file_path": "data/digits.txt/below"}, "file_path"),
    ({"file_path": "/etc/passwd"}, "file_path"),
    ({"file_path": "../default/data/digits.txt"}, "file_path"),
    ({"file_path": "link"}, "file_path"),
    ({"file_path": "out/secret"}, "file_path"),
    ({"file_path": "x" * 300}, "file_path"),
    ({"file_path": "x/" * 5000}, "file_path"),
    ({"workspace": "nowhere"}, "workspace"),
    ({"workspace": "\0"}, "workspace"),
    ({"workspace_id": 99}, "workspace"),
    ({"workspace_id": 2**70}, "workspace"),
    ({"workspace_id": "x"}, "workspace_id"),
    ({"data_started": "yesterday"}, "data_started"),
    ({"source_ended": 5}, "source_ended"),
    ({"data_type_tags": "a"}, "data_type_tags"),
    ({"data_type_tags": ["\0"]}, "data_type_tags[0]"),
    ({"meta_data": []}, "meta_data"),
    ({"meta_data": {"a": "\0"}}, "meta_data.a"),
    ({"meta_data": {"a": 2**70}}, "meta_data.a"),
    ({"media_type": "\0"}, "media_type"),
    ({"bogus": 1}, "bogus"),
]


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize(("members", "where"), REFUSED)
async def test_what_cannot_be_registered(stage: Stage, members: dict[str, Any], where: str) -> None:
    before = await counts(stage.db, FileRow)
    document = {"file_path": "data/digits.txt"} | members if members else {}
    answer = await stage.client.post("/v6/files/", document)
    assert (answer.status_code, answer.json()["detail"].partition(":")[0]) == (400, where)
    assert await counts(stage.db, FileRow) == before


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def digits(stage: Stage, root: Path) -> int:
    """The id of a file that holds the ten digits."""
    assert (root / "data/digits.txt").exists()
    return int((await registered(stage, "data/digits.txt"))["id"])


async def test_a_download_runs_nowhere(stage: Stage, digits: int) -> None:
    answer = await stage.client.get(f"/v6/files/{digits}/content/")
    assert (answer.status_code, answer.content) == (200, DIGITS)
    said = {name: answer.headers[name] for name in ("content-type", "content-disposition", "content-length", "accept-ranges")}
    assert said == {
        "content-type": "text/plain; charset=utf-8",
        "content-disposition": 'attachment; filename="digits.txt"',
        "content-length": "10",
        "accept-ranges": "bytes",
    }
    assert (answer.headers["x-content-type-options"], answer.headers["content-security-policy"]) == ("nosniff", "sandbox")


@pytest.mark.parametrize(
    ("expected", "content", "range_"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=4-", b"456789", "bytes 4-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
    ],
)
async def test_a_part_of_a_file(stage: Stage, digits: int, expected: str, content: bytes, range_: str) -> None:
    answer = await stage.client.request("GET", f"/v6/files/{digits}/content/", headers={"Range": expected})
    assert (answer.status_code, answer.content, answer.headers["content-range"]) == (206, content, range_)


async def test_several_parts_of_a_file(stage: Stage, digits: int) -> None:
    answer = await stage.client.request("GET", f"/v6/files/{digits}/content/", headers={"Range": "bytes=0-1,5-6"})
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (206, "multipart/byteranges")
    assert b"\r\n\r\n01\r\n" in answer.content


@pytest.mark.parametrize(("expected", "status"), [("bytes=10-", 416), ("bytes=5-2", 400), ("bytes=x", 400), ("lines=1-2", 400)])
async def test_a_part_that_there_is_not(stage: Stage, digits: int, expected: str, status: int) -> None:
    answer = await stage.client.request("GET", f"/v6/files/{digits}/content/", headers={"Range": expected})
    assert answer.status_code == status
    assert answer.headers.get("content-range") == ("bytes */10" if status == 416 else None)


async def test_head_of_a_file(stage: Stage, digits: int) -> None:
    answer = await stage.client.request("HEAD", f"/v6/files/{digits}/content/")
    assert (answer.status_code, answer.headers["content-length"], answer.content) == (200, "10", b"")


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("media_type", ["\u20ac/euro", "text/plain\r\nSet-Cookie: a=b", " ", "text/plain\t", "text", "a/b/c"])
async def test_a_media_type_that_no_header_can_hold(stage: Stage, media_type: str) -> None:
    file = await stage.client.request(
        "POST", "/v6/files/upload/", params={"file_name": "odd", "media_type": media_type}, content=b"x"
    )
    assert file.json()["media_type"] == media_type
    answer = await stage.client.get(f"/v6/files/{file.json()['id']}/content/")
    assert answer.headers["content-type"] == "application/octet-stream"


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize(("name", "written"), [('a"b', "a%22b"), ("a\nb", "a%0Ab"), ("\u65e5", "%E6%97%A5"), ("a%b", "a%25b")])
async def test_a_file_name_that_no_header_can_hold(stage: Stage, name: str, written: str) -> None:
    file = await stage.client.request("POST", "/v6/files/upload/", params={"file_name": name}, content=b"x")
    answer = await stage.client.get(f"/v6/files/{file.json()['id']}/content/")
    assert answer.headers["content-disposition"] == f"attachment; filename*=utf-8''{written}"


async def test_what_was_deleted_or_is_gone_cannot_be_read_but_is_listed(stage: Stage, root: Path) -> None:
    gone, deleted = [(await registered(stage, f"data/{name}.txt"))["id"] for name in ("gone", "deleted")]
    (root / "data/gone.txt").unlink()
    async with stage.db.engine.begin() as connection:
        await connection.execute(update(FileRow).where(FileRow.id == deleted).values(is_deleted=True))
    for file_id in (gone, deleted):
        assert (await stage.client.get(f"/v6/files/{file_id}/content/")).status_code == 404
        assert (await stage.client.get(f"/v6/files/{file_id}/")).json()["is_deleted"] is (file_id == deleted)


@pytest.mark.parametrize("path", ["0/", "999/", "999/content/", f"{2**63}/", f"{'9' * 40}/content/", "x/"])
async def test_a_file_that_there_is_not(stage: Stage, path: str) -> None:
    assert (await stage.client.get(f"/v6/files/{path}")).status_code == 404


async def test_the_address_is_that_of_the_workspace_when_it_has_one(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "a b.txt").write_bytes(DIGITS)
    broker = {"broker": {"type": "host", "host_path": str(tmp_path)}}
    await stage.client.post("/v6/workspaces/", {"title": "Public", "configuration": broker, "base_url": "http://files.test/x/"})
    file = await registered(stage, "a b.txt", workspace="public")
    assert file["url"] == "http://files.test/x/a%20b.txt"


async def test_the_list_is_by_last_modified(stage: Stage, digits: int) -> None:
    page = (await stage.client.get("/v6/files/", page_size="1000")).json()
    times = [file["last_modified"] for file in page["results"]]
    assert times == sorted(times)
    assert (await stage.client.get("/v6/files/", file_id=digits)).json()["count"] == 1
