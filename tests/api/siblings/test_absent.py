"""What this service has none of, and user interfaces ask for all the same."""

from typing import Any

import pytest

from jobsvc.api.v6.absent import ABSENT
from tests.support import Client

EMPTY: dict[str, Any] = {"count": 0, "next": None, "previous": None, "results": []}


@pytest.mark.parametrize("prefix", ["/v6", "/v7"])
@pytest.mark.parametrize("path", ABSENT)
async def test_an_empty_page(client: Client, prefix: str, path: str) -> None:
    for query in ("", "?page=1&page_size=5", "?started=P1D&order=-name&is_active=true", "?page=last"):
        answer = await client.get(f"{prefix}/{path}/{query}")
        assert (answer.status_code, answer.json()) == (200, EMPTY)
    assert (await client.get(f"{prefix}/{path}")).json() == EMPTY
    assert (await client.get(f"{prefix}/{path}/?page=2")).status_code == 404
    assert (await client.post(f"{prefix}/{path}/", {})).status_code == 405


async def test_there_is_none_to_look_at(client: Client) -> None:
    for path in ("strikes/1", "scans/1", "ingests/1"):
        answer = await client.get(f"/v6/{path}/")
        assert (answer.status_code, list(answer.json())) == (404, ["detail", "request_id"])
