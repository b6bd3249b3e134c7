"""Clients that have a file are not sent it again (RFC 9110, section 13)."""

from email.utils import formatdate

import httpx
import pytest

from tests.api.conftest import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
TEXT = b"to be or not to be"
LONG_AGO, LATER = formatdate(10**9, usegmt=True), formatdate(4 * 10**9, usegmt=True)


async def uploaded(stage: Stage) -> tuple[str, httpx.Headers]:
    """The address of a new file's content, and the headers that it comes with."""
    answer = await stage.client.request("POST", "/v6/files/upload/?file_name=same.txt", content=TEXT)
    path = f"/v6/files/{answer.json()['id']}/content/"
    return path, (await stage.client.get(path)).headers


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("tags", "status"),
    [("{}", 304), ("W/{}", 304), ('"other", {}', 304), ("*", 304), ('"other"', 200), ("other", 200), ('W/"other"', 200)],
)
async def test_a_tag(stage: Stage, method: str, tags: str, status: int) -> None:
    path, headers = await uploaded(stage)
    assert headers["etag"][0] == '"'
    asked = {"If-None-Match": tags.format(headers["etag"]), "If-Modified-Since": LONG_AGO}
    answer = await stage.client.request(method, path, headers=asked)
    assert (answer.status_code, answer.headers["etag"]) == (status, headers["etag"])
    assert answer.content == (TEXT if (method, status) == ("GET", 200) else b"")


@pytest.mark.parametrize(
    ("since", "status"), [("{}", 304), (LATER, 304), (LONG_AGO, 200), ("nonsense", 200), ("", 200), ("99999999999999999999", 200)]
)
async def test_a_time(stage: Stage, since: str, status: int) -> None:
    path, headers = await uploaded(stage)
    asked = {"If-Modified-Since": since.format(headers["last-modified"])}
    answer = await stage.client.request("GET", path, headers=asked)
    assert (answer.status_code, answer.headers["last-modified"]) == (status, headers["last-modified"])


async def test_a_tag_that_does_not_match_counts_before_a_time_that_does(stage: Stage) -> None:
    path, _ = await uploaded(stage)
    headers = {"If-None-Match": '"other"', "If-Modified-Since": LATER}
    assert (await stage.client.request("GET", path, headers=headers)).status_code == 200


@pytest.mark.parametrize("expected", ["bytes=3-4", "bytes=99-", "nonsense"])
async def test_a_range_of_what_the_client_has_is_not_sent(stage: Stage, expected: str) -> None:
    path, headers = await uploaded(stage)
    asked = {"Range": expected, "If-None-Match": headers["etag"]}
    assert (await stage.client.request("GET", path, headers=asked)).status_code == 304


@pytest.mark.parametrize(("mark", "status"), [("{}", 206), ('"other"', 200), ("W/{}", 200)])
async def test_a_range_goes_on_where_the_file_is_the_same(stage: Stage, mark: str, status: int) -> None:
    path, headers = await uploaded(stage)
    asked = {"Range": "bytes=3-4", "If-Range": mark.format(headers["etag"])}
    answer = await stage.client.request("GET", path, headers=asked)
    assert (answer.status_code, answer.content) == (status, b"be" if status == 206 else TEXT)
