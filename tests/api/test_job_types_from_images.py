"""Job types of which a request names the image alone, where that cannot be looked at (see tests/engines/test_image_labels.py)."""

from pathlib import Path

import pytest

from jobsvc.app import bare_app
from jobsvc.db.database import Database
from jobsvc.settings import Settings
from jobsvc.wiring import api_services
from tests.support import Client

pytestmark = pytest.mark.asyncio(loop_scope="function")


async def refusal(db: Database, settings: Settings, **members: object) -> tuple[int, str]:
    app = bare_app({})
    app.state.services = api_services(settings, db)
    async with Client(app) as client:
        answer = await client.post("/v6/job-types/", members)
    return answer.status_code, answer.json()["detail"]


async def test_neither_manifest_nor_image(db: Database, settings: Settings) -> None:
    requests: tuple[dict[str, object], ...] = (
        {},
        {"manifest": None},
        {"docker_image": None},
        {"docker_image": ""},
        {"configuration": {}},
    )
    for members in requests:
        status, detail = await refusal(db, settings, **members)
        assert (status, detail.partition(":")[0]) == (400, "manifest")


async def test_a_service_that_reads_no_images_says_what_to_set(db: Database, settings: Settings) -> None:
    status, detail = await refusal(db, settings, docker_image="word-count:1")
    assert status == 400
    assert [fact for fact in ("manifest", "JOBSVC_DOCKER_URL", "JOBSVC_ENGINES") if fact not in detail] == []


@pytest.mark.parametrize("url", ["unix:///nowhere/docker.sock", "tcp://127.0.0.1:9", "nonsense"])
async def test_a_runtime_that_is_away_is_asked_again_later(db: Database, settings: Settings, url: str) -> None:
    away = settings.model_copy(update={"docker_url": url})
    status, detail = await refusal(db, away, docker_image="word-count:1")
    assert status == 503
    assert "the container runtime cannot be reached" in detail


@pytest.mark.parametrize("image", ["../containers", "a b", "a?all=1", "UPPER", "a\nb", "a" * 600])
async def test_what_is_no_name_never_reaches_the_runtime(db: Database, settings: Settings, image: str, tmp_path: Path) -> None:
    status, detail = await refusal(db, settings.model_copy(update={"docker_url": f"unix://{tmp_path}/x"}), docker_image=image)
    assert status == 400
    assert detail.endswith("is no name of an image.")
