"""Workspaces: directories of the host, by name (docs/spec/behaviour/siblings.md)."""

from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import Stage
from tests.support import BASE

pytestmark = pytest.mark.asyncio(loop_scope="module")


def broker(path: object, **more: Any) -> dict[str, Any]:
    return {"broker": {"type": "host", "host_path": str(path), **more}}


async def created(stage: Stage, title: str, path: Path, **members: Any) -> dict[str, Any]:
    answer = await stage.client.post("/v6/workspaces/", {"title": title, "configuration": broker(path), **members})
    assert answer.status_code == 201, answer.text
    workspace: dict[str, Any] = answer.json()
    return workspace


async def test_there_is_a_default_one(stage: Stage) -> None:
    page = (await stage.client.get("/v6/workspaces/", page_size="1")).json()
    (workspace,) = page["results"]
    assert (workspace["id"], workspace["name"], workspace["title"], workspace["is_active"]) == (1, "default", "Default", True)
    assert "configuration" not in workspace


async def test_all_that_is_said_of_a_new_workspace(stage: Stage, tmp_path: Path) -> None:
    members = {"title": "My Data: 2020", "description": "All of it", "base_url": "http://files.test/", "is_active": True}
    answer = await stage.client.post("/v7/workspaces", {**members, "configuration": broker(tmp_path)})
    workspace = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (201, f"{BASE}/v7/workspaces/{workspace['id']}/")
    assert workspace == {
        **members,
        **{name: workspace[name] for name in ("id", "created", "last_modified")},
        "name": "my-data-2020",
        "deprecated": None,
        "configuration": broker(tmp_path),
    }
    assert (await stage.client.get(f"/v6/workspaces/{workspace['id']}/")).json() == workspace


@pytest.mark.parametrize(("title", "name"), [("a", "a"), ("A_b-C", "a_b-c"), ("  Ünder the sea! ", "nder-the-sea"), ("42", "42")])
async def test_the_name_is_made_of_the_title(stage: Stage, tmp_path: Path, title: str, name: str) -> None:
    assert (await created(stage, title, tmp_path))["name"] == name


async def test_a_name_is_taken_once(stage: Stage, tmp_path: Path) -> None:
    await created(stage, "Taken", tmp_path)
    answer = await stage.client.post("/v6/workspaces/", {"title": "taken!", "configuration": broker(tmp_path)})
    assert answer.status_code == 409


async def test_they_are_listed_by_name(stage: Stage, tmp_path: Path) -> None:
    for title in ("zzz", "aaa"):
        await created(stage, title, tmp_path)
    page = (await stage.client.get("/v6/workspaces/")).json()
    names = [workspace["name"] for workspace in page["results"]]
    assert names == sorted(names)
    assert page["count"] == len(names)
    assert {"aaa", "default", "zzz"} <= set(names)


async def test_changing(stage: Stage, tmp_path: Path) -> None:
    workspace = await created(stage, "Changing", tmp_path)
    path = f"/v6/workspaces/{workspace['id']}/"
    (tmp_path / "below").mkdir()
    changes = {"title": "Changed", "description": "x", "base_url": "http://y", "configuration": broker(tmp_path / "below")}
    changed = (await stage.client.patch(path, changes)).json()
    assert changed == {**workspace, **changes, "last_modified": changed["last_modified"]}
    assert changed["last_modified"] > workspace["last_modified"]
    assert (await stage.client.patch(path, {})).json() == changed
    assert (await stage.client.patch(path, {"title": None})).json() == changed


async def test_closing_and_opening(stage: Stage, tmp_path: Path) -> None:
    path = f"/v6/workspaces/{(await created(stage, 'Closing', tmp_path))['id']}/"
    closed = (await stage.client.patch(path, {"is_active": False})).json()
    assert closed["created"] < closed["deprecated"] <= closed["last_modified"]
    upload = {"workspace": "closing", "file_name": "a"}
    assert (await stage.client.request("POST", "/v6/files/upload/", params=upload, content=b"x")).status_code == 400
    assert (await stage.client.patch(path, {"is_active": True})).json()["deprecated"] is None
    assert (await stage.client.request("POST", "/v6/files/upload/", params=upload, content=b"x")).status_code == 201


BROKER, PATH = "configuration.broker", "configuration.broker.host_path"
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"title": None}, "title"),
    ({"title": ""}, "title"),
    ({"title": 5}, "title"),
    ({"title": "?!"}, "title"),
    ({"title": "a\0"}, "title"),
    ({"name": "given"}, "name"),
    ({"description": "\0"}, "description"),
    ({"base_url": "\0"}, "base_url"),
    ({"is_active": "maybe"}, "is_active"),
    ({"configuration": None}, "configuration"),
    ({"configuration": []}, "configuration"),
    ({"configuration": {}}, BROKER),
    ({"configuration": {"broker": "host"}}, BROKER),
    ({"configuration": broker("/", bogus=1)}, BROKER),
    ({"configuration": {"broker": {"type": "nfs", "nfs_path": "host:/x"}}}, BROKER),
    ({"configuration": {"broker": {"type": "nfs"}}}, f"{BROKER}.type"),
    ({"configuration": {"broker": {"type": "host"}}}, PATH),
    ({"configuration": {"broker": {"type": "host", "host_path": 5}}}, PATH),
    ({"configuration": broker("relative")}, PATH),
    ({"configuration": broker("/no/such/directory")}, PATH),
    ({"configuration": broker("/etc/passwd")}, PATH),
    ({"configuration": broker("/\0")}, PATH),
    ({"configuration": broker("/" + "x" * 300)}, PATH),
    ({"configuration": broker("/x" * 5000)}, PATH),
]


@pytest.mark.parametrize(("members", "where"), REFUSED)
async def test_what_is_no_workspace(stage: Stage, tmp_path: Path, members: dict[str, Any], where: str) -> None:
    before = (await stage.client.get("/v6/workspaces/")).json()
    answer = await stage.client.post("/v6/workspaces/", {"title": "Bad", "configuration": broker(tmp_path), **members})
    assert (answer.status_code, answer.json()["detail"].partition(":")[0]) == (400, where)
    assert (await stage.client.get("/v6/workspaces/")).json() == before


CHANGES = [members for members, _ in REFUSED if None not in members.values() and members.get("title") != "?!"]


@pytest.mark.parametrize("members", CHANGES)
async def test_what_none_can_become(stage: Stage, members: dict[str, Any]) -> None:
    before = (await stage.client.get("/v6/workspaces/1/")).json()
    assert (await stage.client.patch("/v6/workspaces/1/", members)).status_code == 400
    assert (await stage.client.get("/v6/workspaces/1/")).json() == before


@pytest.mark.parametrize("workspace_id", ["0", "9999", str(2**63), "9" * 30, "default"])
async def test_a_workspace_that_there_is_not(stage: Stage, workspace_id: str) -> None:
    assert (await stage.client.get(f"/v6/workspaces/{workspace_id}/")).status_code == 404
    assert (await stage.client.patch(f"/v6/workspaces/{workspace_id}/", {"title": "x"})).status_code == 404
