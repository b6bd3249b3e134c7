"""Workspaces in an object store, and the files in them: made, registered, uploaded, read."""

import asyncio
import resource
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from jobsvc.app import bare_app
from jobsvc.db.database import Database
from jobsvc.settings import Settings
from jobsvc.wiring import api_services, ensure_defaults
from tests.parts.object_store import ObjectStore
from tests.support import Client

DIGITS = b"0123456789"
HUGE = 300 << 20


@dataclass(frozen=True)
class Place:
    """A bucket, and a service that may use it."""

    store: ObjectStore
    bucket: str
    settings: Settings
    client: Client

    def broker(self, **members: Any) -> dict[str, Any]:
        """The configuration of a workspace in it."""
        return {"broker": {"type": "s3", "bucket_name": self.bucket, **members}}

    async def make(self, **members: Any) -> dict[str, Any]:
        """A workspace named `maps`."""
        answer = await self.client.post("/v6/workspaces/", {"title": "Maps", "configuration": self.broker(**members)})
        assert answer.status_code == 201, answer.text
        workspace: dict[str, Any] = answer.json()
        return workspace

    async def upload(self, content: Any, **params: str) -> Any:
        """The answer to an upload."""
        return await self.client.request("POST", "/v6/files/upload/", params={"workspace": "maps", **params}, content=content)


def allowing(settings: Settings, store: ObjectStore, bucket: str, **update: Any) -> Settings:
    """The settings of a service that may use a bucket."""
    allowed = {"s3_buckets": (bucket,), "s3_endpoint": store.endpoint, "s3_credentials_file": store.credentials}
    return settings.model_copy(update=allowed | update)


@pytest.fixture
async def place(db: Database, settings: Settings, object_store: ObjectStore) -> AsyncIterator[Place]:
    """A bucket of the test."""
    bucket = object_store.make_bucket()
    chosen = allowing(settings, object_store, bucket)
    await ensure_defaults(chosen, db)
    services = api_services(chosen, db)
    app = bare_app({})
    app.state.services = services
    async with Client(app) as client:
        yield Place(object_store, bucket, chosen, client)
    await services.audit.close()


async def test_a_workspace_shows_where_it_is_and_no_credentials(place: Place) -> None:
    workspace = await place.make(prefix="a/b/", region_name="us-east-1")
    assert workspace["configuration"] == place.broker(prefix="a/b", region_name="us-east-1")
    for line in place.store.credentials.read_text().splitlines()[1:]:
        assert line.split(" = ")[1] not in str(workspace)


@pytest.mark.parametrize(
    ("members", "member"),
    [
        ({"bucket_name": "internal"}, "bucket_name"),
        ({"bucket_name": "169.254.169.254"}, "bucket_name"),
        ({"credentials": {"access_key_id": "AKID", "secret_access_key": "SECRET"}}, "credentials"),
        ({"bucket_name": None}, "bucket_name"),
        ({"prefix": "../other"}, "prefix"),
    ],
)
async def test_what_is_not_allowed_is_no_workspace(place: Place, members: dict[str, Any], member: str) -> None:
    answer = await place.client.post("/v6/workspaces/", {"title": "Maps", "configuration": place.broker(**members)})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(f"configuration.broker.{member}: ")
    assert "SECRET" not in answer.text


async def test_without_the_setting_there_are_no_buckets(client: Client) -> None:
    broker = {"broker": {"type": "s3", "bucket_name": "maps"}}
    answer = await client.post("/v6/workspaces/", {"title": "Maps", "configuration": broker})
    assert answer.status_code == 400
    assert "JOBSVC_S3_BUCKETS" in answer.json()["detail"]


async def test_a_directory_becomes_a_bucket(place: Place) -> None:
    changed = await place.client.patch("/v6/workspaces/1/", {"configuration": place.broker()})
    assert changed.json()["configuration"] == place.broker()


async def test_an_object_is_registered(place: Place) -> None:
    await place.make()
    (place.store.directory / "buckets" / place.bucket / "old.txt").write_bytes(DIGITS)
    answer = await place.client.post("/v6/files/", {"workspace": "maps", "file_path": "old.txt"})
    assert (answer.status_code, answer.json()["file_size"]) == (201, 10)
    assert (await place.client.post("/v6/files/", {"workspace": "maps", "file_path": "old.txt"})).status_code == 200
    absent = await place.client.post("/v6/files/", {"workspace": "maps", "file_path": "absent.txt"})
    assert (absent.status_code, absent.json()["detail"].partition(":")[0]) == (400, "file_path")


async def test_uploads_are_stored_once(place: Place) -> None:
    await place.make(prefix="p")
    file = (await place.upload(DIGITS, file_path="d/a b.txt")).json()
    assert place.store.objects(place.bucket) == {"p/d/a b.txt": 10}
    assert (file["file_size"], file["media_type"]) == (10, "text/plain")
    assert (await place.upload(b"other", file_path="d/a b.txt")).status_code == 409
    assert (await place.client.get(f"/v6/files/{file['id']}/content/")).content == DIGITS


async def test_a_download_is_like_that_of_a_directory(place: Place) -> None:
    await place.make()
    names: dict[str, dict[str, str]] = {}
    for workspace in ("maps", "default"):
        file = (await place.upload(DIGITS, file_path="digits.txt", workspace=workspace)).json()
        answer = await place.client.get(f"/v6/files/{file['id']}/content/")
        assert answer.content == DIGITS
        names[workspace] = {
            name: value for name, value in answer.headers.items() if name not in {"etag", "last-modified", "x-request-id"}
        }
    assert names["maps"] == names["default"]


@pytest.mark.parametrize(
    ("asked", "status", "content"),
    [
        ("bytes=0-3", 206, b"0123"),
        ("bytes=4-", 206, b"456789"),
        ("bytes=-2", 206, b"89"),
        ("bytes=8-99", 206, b"89"),
        ("bytes=0-1,5-6", 200, DIGITS),
        ("bytes=10-", 416, None),
        ("bytes=5-2", 400, None),
        ("bytes=x", 400, None),
    ],
)
async def test_parts_are_given(place: Place, asked: str, status: int, content: bytes | None) -> None:
    await place.make()
    file = (await place.upload(DIGITS, file_path="digits.txt")).json()
    path = f"/v6/files/{file['id']}/content/"
    answer = await place.client.request("GET", path, headers={"Range": asked})
    assert answer.status_code == status
    assert content is None or answer.content == content
    etag = (await place.client.request("HEAD", path)).headers["etag"]
    for condition, expected in ((etag, status), ('"other"', 200)):
        answer = await place.client.request("GET", path, headers={"Range": asked, "If-Range": condition})
        assert answer.status_code == expected
    assert (await place.client.request("GET", path, headers={"If-None-Match": etag})).status_code == 304


async def test_an_object_that_is_gone_is_said_to_be(place: Place) -> None:
    await place.make()
    file = (await place.upload(DIGITS, file_path="digits.txt")).json()
    (place.store.directory / "buckets" / place.bucket / "digits.txt").unlink()
    assert (await place.client.get(f"/v6/files/{file['id']}/content/")).status_code == 404


async def test_an_object_store_that_is_away_is_asked_again_later(place: Place, db: Database) -> None:
    await place.make()
    file = (await place.upload(DIGITS, file_path="digits.txt")).json()
    app = bare_app({})
    away = api_services(place.settings.model_copy(update={"s3_endpoint": "http://127.0.0.1:1"}), db)
    app.state.services = away
    async with Client(app) as client:
        answers = await asyncio.gather(
            client.get(f"/v6/files/{file['id']}/content/"),
            client.request("POST", "/v6/files/upload/", params={"workspace": "maps", "file_name": "a"}, content=DIGITS),
            client.post("/v6/files/", {"workspace": "maps", "file_path": "other.txt"}),
            client.post("/v6/workspaces/", {"title": "More", "configuration": place.broker()}),
        )
    await away.audit.close()
    assert [(answer.status_code, answer.headers["retry-after"]) for answer in answers] == [(503, "5")] * 4


async def test_large_files_pass_through_without_being_held(place: Place) -> None:
    await place.make()

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(HUGE >> 20):
            yield bytes(1 << 20)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert (await place.upload(chunks(), file_path="huge")).json()["file_size"] == HUGE
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10
    assert grown < 200, f"{grown} MiB more for {HUGE >> 20} MiB"
    assert place.store.objects(place.bucket) == {"huge": HUGE}


@pytest.fixture
async def leading(place: Place, db: Database) -> AsyncIterator[Place]:
    """The same with links."""
    settings = place.settings.model_copy(update={"s3_link_seconds": 60})
    services = api_services(settings, db)
    app = bare_app({})
    app.state.services = services
    async with Client(app) as client:
        yield replace(place, settings=settings, client=client)
    await services.audit.close()


async def test_a_download_is_led_to_the_object_store(leading: Place) -> None:
    await leading.make(prefix="some/where")
    added = (await leading.upload(DIGITS, file_path="a/b c#?%25ü[1].txt")).json()["id"]
    content = f"/v6/files/{added}/content/"
    led = await leading.client.get(content, link="true")
    assert (led.status_code, led.headers["cache-control"], led.content) == (307, "no-store", b"")
    head = await leading.client.request("HEAD", content, params={"link": "true"})
    assert (head.status_code, head.headers["content-length"]) == (200, "10")
    async with httpx.AsyncClient() as anybody:
        part = await anybody.get(led.headers["location"], headers={"Range": "bytes=2-4"})
        assert (part.status_code, part.content) == (206, DIGITS[2:5])


async def test_a_link_is_good_for_one_file_and_time_and_for_nothing_else(leading: Place) -> None:
    await leading.make()
    ids = [(await leading.upload(DIGITS, file_path=name)).json()["id"] for name in ("one", "two")]
    link = (await leading.client.get(f"/v6/files/{ids[0]}/content/", link="true")).headers["location"]
    async with httpx.AsyncClient() as anybody:
        others = [
            await anybody.delete(link),
            await anybody.put(link, content=b"other"),
            await anybody.get(link.replace("/one?", "/two?")),
            await anybody.get(link.replace("Expires=60", "Expires=3600")),
        ]
        assert [answer.status_code for answer in others] == [403] * 4
        assert (await anybody.get(link)).content == DIGITS
    for line in leading.store.credentials.read_text().splitlines():
        assert "secret" not in line or line.split(" = ")[1] not in link


async def test_there_is_no_link_unless_it_is_asked_for_and_can_be_given(place: Place, leading: Place) -> None:
    await place.make()
    objects = (await place.upload(DIGITS, file_path="one")).json()["id"]
    here = (await place.client.request("POST", "/v6/files/upload/", params={"file_name": "here"}, content=DIGITS)).json()["id"]
    answers = [
        await place.client.get(f"/v6/files/{objects}/content/", link="true"),
        await leading.client.get(f"/v6/files/{objects}/content/"),
        await leading.client.get(f"/v6/files/{here}/content/", link="true"),
    ]
    assert [(answer.status_code, answer.content) for answer in answers] == [(200, DIGITS)] * 3
    absent = await leading.client.get(f"/v6/files/{objects + here}/content/", link="true")
    assert absent.status_code == 404


async def test_links_lead_to_where_others_reach_the_object_store(place: Place, db: Database) -> None:
    await place.make()
    added = (await place.upload(DIGITS, file_path="one")).json()["id"]
    update = {"s3_link_seconds": 60, "s3_link_endpoint": "https://files.example.com"}
    services = api_services(place.settings.model_copy(update=update), db)
    app = bare_app({})
    app.state.services = services
    async with Client(app) as client:
        led = await client.get(f"/v6/files/{added}/content/", link="true")
    await services.audit.close()
    assert led.headers["location"].startswith(f"https://files.example.com/{place.bucket}/one?")
