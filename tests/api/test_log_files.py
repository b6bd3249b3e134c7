"""Logs as files to be saved, compressed when asked for."""

import gzip

import httpx
import pytest
import pytest_asyncio

from tests.api.conftest import Stage
from tests.services.logs.logged import running

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def path(stage: Stage) -> str:
    """Where the log of an execution of 3000 lines is; it is the first one."""
    job = await running(stage.make)
    await job.write(*range(1, 3001))
    assert job.execution.id == 1
    return "/v6/job-executions/1/logs"


async def get(stage: Stage, path: str, query: str, encodings: str = "identity") -> httpx.Response:
    return await stage.client.request("GET", f"{path}?{query}", headers={"Accept-Encoding": encodings})


@pytest.mark.parametrize(
    ("form", "name"), [("txt", "txt"), ("html", "html"), ("json", "json"), ("ndjson", "ndjson"), ("elasticsearch", "json")]
)
async def test_a_download_is_the_log_as_a_file_with_a_name(stage: Stage, path: str, form: str, name: str) -> None:
    shown = await get(stage, f"{path}/stdout/", f"format={form}")
    saved = await get(stage, f"{path}/stdout/", f"format={form}&download=1")
    assert saved.headers["content-disposition"] == f'attachment; filename="job-exe-1-stdout.{name}"'
    assert "content-disposition" not in shown.headers
    assert (saved.content, saved.headers["content-type"]) == (shown.content, shown.headers["content-type"])


async def test_a_compressed_file_stays_one(stage: Stage, path: str) -> None:
    plain = await get(stage, f"{path}/combined/", "format=txt")
    packed = await get(stage, f"{path}/combined/", "format=txt&compress=gzip", encodings="gzip")
    assert packed.headers["content-type"] == "application/gzip"
    assert packed.headers["content-disposition"] == 'attachment; filename="job-exe-1-combined.txt.gz"'
    assert "content-encoding" not in packed.headers
    assert gzip.decompress(packed.content) == plain.content
    assert len(packed.content) < len(plain.content) / 3


@pytest.mark.parametrize(
    ("encodings", "is_packed"),
    [("gzip", True), ("br, GZIP;q=0.5", True), ("*", True), ("identity", False), ("br", False), ("gzip;q=0", False), ("", False)],
)
async def test_a_download_is_compressed_on_its_way_when_the_client_can_unpack(
    stage: Stage,
    path: str,
    encodings: str,
    is_packed: bool,  # noqa: FBT001
) -> None:
    plain = await get(stage, f"{path}/combined/", "format=txt")
    sent = await get(stage, f"{path}/combined/", "format=txt&download=1", encodings=encodings)
    assert ("gzip" if is_packed else None) == sent.headers.get("content-encoding")
    assert sent.headers["vary"] == "Accept-Encoding"
    assert sent.content == plain.content


async def test_what_is_shown_is_not_compressed(stage: Stage, path: str) -> None:
    assert "content-encoding" not in (await get(stage, f"{path}/combined/", "format=txt", encodings="gzip")).headers


async def test_a_tail_can_be_saved_and_nothing_cannot(stage: Stage, path: str) -> None:
    assert (await get(stage, f"{path}/combined/", "format=txt&download=1&tail=1")).text == "line 3000"
    assert (await get(stage, f"{path}/combined/", "download=1&q=nothing")).status_code == 204
