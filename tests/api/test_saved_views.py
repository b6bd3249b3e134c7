"""Views of the list of jobs that somebody saves for all."""

import httpx
import pytest

from jobsvc.api.identity import AccessOptions
from jobsvc.app import bare_app
from jobsvc.domain.access import Principal, Role, digest_of
from tests.factories import Factory
from tests.support import BASE, Client

PATH = "/v6/saved-views/failures of the night/"
QUERY = {"query": "status=FAILED&started=PT12H"}


async def test_a_view_is_saved_changed_and_dropped(client: Client) -> None:
    made = await client.request("PUT", PATH, json=QUERY)
    assert made.status_code == httpx.codes.CREATED
    assert made.json() == QUERY | {"name": "failures of the night", "created_by": "Anonymous", "created": made.json()["created"]}
    changed = await client.request("PUT", PATH, json={"query": "status=QUEUED"})
    assert (changed.status_code, changed.json()) == (httpx.codes.OK, made.json() | {"query": "status=QUEUED"})
    await client.request("PUT", "/v6/saved-views/a/", json=QUERY)
    listed = (await client.get("/v6/saved-views/")).json()
    assert [view["name"] for view in listed["results"]] == ["a", "failures of the night"]
    assert (await client.request("DELETE", PATH)).status_code == httpx.codes.NO_CONTENT
    assert (await client.request("DELETE", PATH)).status_code == httpx.codes.NOT_FOUND
    assert (await client.get("/v6/saved-views/")).json()["count"] == 1


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("x", {"query": "a b"}, "query"),
        ("x", {}, "query"),
        ("x", {"query": 1}, "query"),
        ("%20", QUERY, "name"),
        ("x%00", QUERY, ""),
    ],
)
async def test_what_is_no_view_is_refused(client: Client, name: str, body: dict[str, object], words: str) -> None:
    answer = await client.request("PUT", f"/v6/saved-views/{name}/", json=body)
    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert words in answer.json()["detail"]


async def test_a_view_is_changed_by_who_made_it_and_by_operators(make: Factory) -> None:
    people = {
        name: Principal(name, role) for name, role in (("jane", Role.SUBMITTER), ("joe", Role.SUBMITTER), ("op", Role.OPERATOR))
    }
    people["guest"] = Principal("guest", Role.VIEWER)
    app = bare_app({}, access=AccessOptions({digest_of(name): principal for name, principal in people.items()}))
    app.state.services = make.services
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as http:

        async def answered(who: str, method: str) -> int:
            body = QUERY if method == "PUT" else None
            return (await http.request(method, PATH, json=body, headers={"Authorization": f"Bearer {who}"})).status_code

        asked = [("guest", "PUT"), ("jane", "PUT"), ("joe", "PUT"), ("joe", "DELETE"), ("op", "PUT"), ("jane", "DELETE")]
        assert [await answered(*case) for case in asked] == [403, 201, 403, 403, 200, 204]
