"""No workspace, file or mount leads to what is the service's own."""

from pathlib import Path

import pytest

from jobsvc.api.context import Services
from jobsvc.app import bare_app
from jobsvc.db.database import Database
from jobsvc.db.tables import FileRow, WorkspaceRow
from jobsvc.settings import Settings
from jobsvc.wiring import api_services, ensure_defaults
from tests.factories import Factory
from tests.support import Client


def broker(path: Path | str) -> dict[str, object]:
    return {"broker": {"type": "host", "host_path": str(path)}}


@pytest.mark.parametrize("path", ["", "postgres", "spool", "scratch", "..", "workspaces/../spool", "workspaces/link"])
async def test_what_is_the_services_own_is_no_workspace(client: Client, settings: Settings, path: str) -> None:
    for name in ("postgres", "spool", "scratch"):
        (settings.data_dir / name).mkdir(exist_ok=True)
    (settings.data_dir / "workspaces/link").symlink_to(settings.data_dir / "spool")
    refused = await client.post("/v6/workspaces/", {"title": "Mine", "configuration": broker(settings.data_dir / path)})
    assert refused.status_code == 400
    assert refused.json()["detail"].startswith("configuration.broker.host_path: ")
    changed = await client.patch("/v6/workspaces/1/", {"configuration": broker(settings.data_dir / path)})
    assert changed.status_code == 400
    answers = (await client.get("/v6/workspaces/")).json()
    assert [item["name"] for item in answers["results"]] == ["default"]


async def test_a_workspace_below_the_one_for_workspaces_may_be_made(client: Client, settings: Settings) -> None:
    (settings.data_dir / "workspaces/maps").mkdir()
    made = await client.post("/v6/workspaces/", {"title": "Maps", "configuration": broker(settings.data_dir / "workspaces/maps")})
    assert made.status_code == 201


async def test_once_callers_need_credentials_workspaces_lie_below_roots(db: Database, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "roots/maps").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    await ensure_defaults(settings, db)
    limits = {"workspace_roots": (tmp_path / "roots",)}
    for update, statuses in (({}, [201, 201]), ({"public_read": True}, [400, 400]), (limits, [201, 400])):
        app = bare_app({})
        app.state.services = api_services(settings.model_copy(update=update), db)
        async with Client(app) as client:
            titles = [f"{name} {list(update)}" for name in ("roots/maps", "other")]
            answers = [
                await client.post("/v6/workspaces/", {"title": title, "configuration": broker(tmp_path / title.split()[0])})
                for title in titles
            ]
        assert [answer.status_code for answer in answers] == statuses


async def test_files_of_the_service_stay_closed_whatever_a_workspace_is(
    client: Client, make: Factory, settings: Settings, services: Services
) -> None:
    (settings.data_dir / "password").write_text("secret")
    row = {"name": "old", "title": "Old", "configuration": broker(settings.data_dir)}
    await make.row(WorkspaceRow, **row)
    assert (await services.workspaces.get(2)).host_path == str(settings.data_dir)
    registered = await client.post("/v6/files/", {"workspace": "old", "file_path": "password"})
    assert registered.status_code == 400
    uploaded = await client.request("POST", "/v6/files/upload/?workspace=old&file_path=postgres/new", content=b"x")
    assert uploaded.status_code == 400
    assert not (settings.data_dir / "postgres").exists()
    known = await make.file("a.txt")
    await make.change(FileRow, known.file.id, workspace_id=2, file_path="password")
    assert (await client.get(f"/v6/files/{known.file.id}/content/")).status_code == 404


async def test_a_job_mounts_nothing_of_the_service(client: Client, make: Factory, settings: Settings) -> None:
    mount = {"name": "MAPS", "path": "/maps"}
    kind = await make.job_type(interface={"command": "ls", "mounts": [mount]})
    for path, status in ((settings.data_dir, 400), ("/", 400), (settings.data_dir / "workspaces", 201), ("/data/maps", 201)):
        configuration = {"mounts": {"MAPS": {"type": "host", "host_path": str(path)}}}
        answer = await client.post("/v6/jobs/", {"job_type_id": kind.item.job_type.id, "configuration": configuration})
        assert answer.status_code == status, answer.text
