"""Job types of images alone, on real runtimes: what the label says, and what is answered where it says nothing."""

import json
import socket
import tarfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from scripts.example_images import load, manifest_in_image, write_archive

from jobsvc.app import bare_app
from jobsvc.db.database import Database
from jobsvc.domain.errors import ImagesUnavailable
from jobsvc.domain.seed_label import LABEL
from jobsvc.engines.docker import DockerImageLabels, DockerOptions
from jobsvc.engines.docker.connecting import check
from jobsvc.settings import Settings
from jobsvc.wiring import api_services
from tests.examples.support import EXAMPLES
from tests.factories import manifest
from tests.support import Client

Labelled = Callable[..., Awaitable[str]]
MANIFEST = json.dumps(manifest("labelled", interface={"command": "echo ${HOME} /"}))
ESCAPED = MANIFEST.replace('"', '\\"').replace("$", "\\$").replace("/", "\\/")


@pytest.fixture(params=["podman_url", "dockerd_url"])
def url(request: pytest.FixtureRequest) -> str:
    """Where a runtime answers."""
    runtime: str = request.getfixturevalue(request.param)
    return runtime


@pytest_asyncio.fixture
async def client(db: Database, settings: Settings, url: str) -> AsyncIterator[Client]:
    """A client of a service that looks for images there, and pulls none."""
    app = bare_app({})
    app.state.services = api_services(settings.model_copy(update={"docker_url": url, "docker_pull": "never"}), db)
    async with Client(app) as client:
        yield client


@pytest.fixture
def labelled(url: str, tmp_path: Path) -> Labelled:
    """Makes an image with these labels and nothing in it; its name begins so."""

    async def make(name: str, **labels: str) -> str:
        layer, archive = tmp_path / "layer.tar", tmp_path / "image.tar"
        tarfile.open(layer, "w").close()
        image = f"localhost/{name}-{uuid4().hex}:1"
        write_archive(archive, [layer], {image: labels})
        await load(archive, url)
        return image

    return make


async def created(client: Client, **members: Any) -> tuple[int, dict[str, Any]]:
    answer = await client.post("/v6/job-types/", members)
    return answer.status_code, answer.json()


@pytest.mark.parametrize("text", [MANIFEST, ESCAPED], ids=["plain", "escaped"])
async def test_the_label_is_the_manifest(client: Client, labelled: Labelled, text: str) -> None:
    image = await labelled("labelled", **{LABEL: text})
    status, kind = await created(client, docker_image=image)
    assert (status, kind["name"], kind["docker_image"], kind["revision_num"]) == (201, "labelled", image, 1)
    assert kind["manifest"]["job"]["interface"]["command"] == "echo ${HOME} /"
    assert kind["configuration"]["engine"] == {"name": "docker", "options": {}}


async def test_the_same_image_again_is_no_new_revision_and_another_one_is(client: Client, labelled: Labelled) -> None:
    image = await labelled("labelled", **{LABEL: MANIFEST})
    await created(client, docker_image=image, configuration={"priority": 7})
    again = await created(client, docker_image=image)
    other = json.dumps(manifest("labelled", title="Better"))
    better = await created(client, docker_image=await labelled("labelled", **{LABEL: other}))
    assert [(status, kind["revision_num"], kind["title"]) for status, kind in (again, better)] == [
        (200, 1, "Labelled"),
        (200, 2, "Better"),
    ]
    assert better[1]["configuration"]["priority"] == 7


async def test_a_configuration_may_choose_another_engine(client: Client, labelled: Labelled) -> None:
    image = await labelled("labelled", **{LABEL: MANIFEST})
    _, chosen = await created(client, docker_image=image, configuration={"engine": {"name": "subprocess"}})
    assert chosen["configuration"]["engine"]["name"] == "subprocess"
    _, none = await created(client, docker_image=image, configuration={"engine": None})
    assert "engine" not in none["configuration"]


async def test_a_manifest_in_the_request_is_taken_and_the_image_not_looked_at(client: Client) -> None:
    status, kind = await created(client, manifest=manifest("by-hand"), docker_image="nowhere/to/be:found")
    assert (status, kind["name"], kind["docker_image"]) == (201, "by-hand", "nowhere/to/be:found")
    assert "engine" not in kind["configuration"]


@pytest.mark.parametrize(
    ("label", "problem"),
    [
        ({}, f"has no label {LABEL}"),
        ({LABEL: ""}, f"has no label {LABEL}"),
        ({LABEL: "FROM scratch"}, "holds no JSON object"),
        ({LABEL: "[1]"}, "holds no JSON object"),
        ({LABEL: "{}"}, "manifest: 'seedVersion' is a required property"),
        ({LABEL: json.dumps(manifest("no/name"))}, "manifest.job.name"),
        ({LABEL: json.dumps({"seedVersion": "2.0.0", "job": {}})}, "manifest"),
    ],
)
async def test_an_image_without_a_manifest(client: Client, labelled: Labelled, label: dict[str, str], problem: str) -> None:
    image = await labelled("unlabelled", **label)
    status, refused = await created(client, docker_image=image)
    assert status == 400
    assert problem in refused["detail"]
    assert image in refused["detail"]
    assert (await client.get("/v6/job-types/")).json()["count"] == 0


async def test_an_image_that_is_not_there(client: Client) -> None:
    image = "localhost/nobody-made-this:1"
    status, refused = await created(client, docker_image=image)
    assert (status, refused["detail"].partition(",")[0]) == (
        400,
        "docker_image: the image localhost/nobody-made-this:1 is not there",
    )


async def test_an_image_that_cannot_be_pulled(url: str, db: Database, settings: Settings) -> None:
    app = bare_app({})
    app.state.services = api_services(settings.model_copy(update={"docker_url": url}), db)
    async with Client(app) as client:
        status, refused = await created(client, docker_image="localhost:9/nobody/made-this:1")
    assert status == 400
    assert "the image localhost:9/nobody/made-this:1 cannot be pulled" in refused["detail"]


async def test_the_runtime_says_what_it_is(url: str) -> None:
    assert any(digit.isdigit() for digit in await check(url))


async def test_podman_is_found_where_it_has_its_socket(podman_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "podman" / "podman.sock"
    place.parent.mkdir()
    place.symlink_to(podman_url.removeprefix("unix://"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT"):
        monkeypatch.delenv(name, raising=False)
    assert await check(None)


async def test_a_runtime_that_does_not_answer(tmp_path: Path) -> None:
    place = tmp_path / "deaf.sock"
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(place))
        deaf.listen()
        labels = DockerImageLabels(DockerOptions(url=f"unix://{place}"), answer_seconds=0.2)
        with pytest.raises(ImagesUnavailable, match=r"does not answer within 0\.2 s"):
            await labels.read("busybox")


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*/manifest.json")), ids=lambda path: path.parent.name)
def test_the_manifest_of_an_example_is_whole_in_its_image(path: Path) -> None:
    document = manifest_in_image(path)
    assert "EXAMPLES" not in json.dumps(document)
    assert document["job"]["interface"]["command"].startswith(f"python3 /examples/{path.parent.name}/")
