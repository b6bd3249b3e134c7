"""Bodies that come compressed."""

import gzip
import json
import zlib
from dataclasses import replace

import httpx
import pytest

from jobsvc.api.context import ApiOptions
from jobsvc.app import bare_app
from tests.api.conftest import Stage
from tests.support import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")
ORDER = json.dumps({"job_ids": [0], "dry_run": True}).encode()
PACKED = gzip.compress(ORDER, mtime=0)
JSON = {"Content-Type": "application/json"}
BROKEN = [
    b"nonsense",
    ORDER,
    PACKED[:-1],
    PACKED[:-9],
    PACKED + b"x",
    PACKED[:20] + b"\xff\xff" + PACKED[22:],
    zlib.compress(ORDER),
]


async def sent(client: Client, path: str, content: bytes, encoding: str) -> httpx.Response:
    return await client.request("POST", path, content=content, headers={**JSON, "Content-Encoding": encoding})


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (PACKED, "gzip"),
        (PACKED, "x-gzip"),
        (PACKED, "GZIP, identity"),
        (gzip.compress(ORDER[:10], mtime=0) + gzip.compress(ORDER[10:], mtime=0), "gzip"),
        (ORDER, "identity"),
        (ORDER, ""),
    ],
)
async def test_what_was_compressed_is_read(stage: Stage, content: bytes, encoding: str) -> None:
    answer = await sent(stage.client, "/v6/jobs/cancel/", content, encoding)
    assert (answer.status_code, answer.json()["matched"]) == (200, 0)


@pytest.mark.parametrize("content", BROKEN)
async def test_what_is_broken_is_refused(stage: Stage, content: bytes) -> None:
    assert (await sent(stage.client, "/v6/jobs/cancel/", content, "gzip")).status_code == 400
    answer = await sent(stage.client, "/v6/files/upload/?file_name=broken.txt", content, "gzip")
    assert answer.status_code == 400


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "compress", "gzip, gzip", "gzip, br", "nonsense"])
@pytest.mark.parametrize("path", ["/v6/jobs/cancel/", "/v6/jobs/", "/jobs/1/", "/v6/files/upload/?file_name=other.txt"])
async def test_other_encodings_are_told_what_is_read(stage: Stage, path: str, encoding: str) -> None:
    method = "PATCH" if path == "/jobs/1/" else "POST"
    headers = {**JSON, "Content-Encoding": encoding}
    answer = await stage.client.request(method, path, content=PACKED, headers=headers)
    assert (answer.status_code, answer.headers["accept-encoding"]) == (415, "gzip, identity")


async def test_a_bomb_is_not_read(stage: Stage) -> None:
    bomb = gzip.compress(bytes(200 * 2**20))
    for path in ("/v6/jobs/", "/v6/files/upload/?file_name=bomb.bin"):
        assert (await sent(stage.client, path, bomb, "gzip")).status_code == 413
    assert (await stage.client.get("/v6/files/", file_name="bomb.bin")).json()["count"] == 0


async def test_the_limit_is_that_of_what_comes_out(stage: Stage) -> None:
    app = bare_app({})
    app.state.services = replace(stage.services, options=ApiOptions(max_body_bytes=1024))
    async with Client(app) as client:
        for size, status in ((1024, 200), (1025, 413), (10**6, 413)):
            content = gzip.compress(ORDER + b" " * (size - len(ORDER)))
            assert (await sent(client, "/v6/jobs/cancel/", content, "gzip")).status_code == status


async def test_an_upload_is_stored_as_it_was(stage: Stage) -> None:
    text = b"to be or not to be\n" * 100_000
    answer = await sent(stage.client, "/v6/files/upload/?file_name=packed.txt", gzip.compress(text), "gzip")
    assert (answer.status_code, answer.json()["file_size"]) == (201, len(text))
    content = await stage.client.get(f"/v6/files/{answer.json()['id']}/content/")
    assert content.content == text
