"""The service gives its OpenAPI documents and their pages, right for the address under which the client reached it."""

import json
import re
from functools import cache
from urllib.parse import urljoin

import pytest
from fastapi import FastAPI

from jobsvc.api.middleware import digest_of
from jobsvc.api.openapi import downgrade
from jobsvc.app import bare_app, openapi_documents
from tests.support import BASE, Client

DOCUMENTS = openapi_documents()


@cache
def service(root_path: str = "") -> FastAPI:
    """The service without anything behind it."""
    return bare_app({}, root_path=root_path)


async def document_of(path: str, root_path: str = "", **headers: str) -> dict[str, object]:
    """The document at a path of the service."""
    async with Client(service(root_path), root_path) as client:
        answer = await client.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    document: dict[str, object] = answer.json()
    return document


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_what_is_served_is_what_is_committed_but_for_the_address(name: str) -> None:
    served = await document_of(f"/{name}/openapi.json")
    assert served == json.loads(DOCUMENTS[name]) | {"servers": [{"url": BASE}]}


async def test_the_newest_generation_is_at_the_root() -> None:
    assert await document_of("/openapi.json") == await document_of("/v6/openapi.json")


async def test_an_alias_has_its_own_paths() -> None:
    paths = (await document_of("/v7/openapi.json"))["paths"]
    assert isinstance(paths, dict)
    assert {path[:4] for path in paths} == {"/v7/"}


async def test_older_readers_get_it_in_their_version() -> None:
    older = await document_of("/v6/openapi.json?openapi=3.0")
    assert older == downgrade(json.loads(DOCUMENTS["v6"]) | {"servers": [{"url": BASE}]})
    assert older["openapi"] == "3.0.3"


async def test_other_versions_cannot_be_had() -> None:
    async with Client(service()) as client:
        assert (await client.get("/v6/openapi.json", openapi="2.0")).status_code == 400


@pytest.mark.parametrize(
    ("headers", "url"),
    [
        ({"Host": "jobs.example"}, "http://jobs.example"),
        ({"X_Forwarded_Proto": "https", "X_Forwarded_Host": "jobs.example"}, "https://jobs.example"),
        ({"X_Forwarded_Prefix": "/batch/"}, f"{BASE}/batch"),
        ({"Forwarded": 'for=10.0.0.1;proto=https;host="jobs.example"'}, "https://jobs.example"),
    ],
)
async def test_the_server_is_the_gateway_that_the_client_called(headers: dict[str, str], url: str) -> None:
    assert (await document_of("/v6/openapi.json", **headers))["servers"] == [{"url": url}]


@pytest.mark.parametrize("path", ["/batch/v6/openapi.json", "/v6/openapi.json"])
async def test_the_server_has_the_prefix_of_the_installation(path: str) -> None:
    assert (await document_of(path, "/batch"))["servers"] == [{"url": f"{BASE}/batch"}]


@pytest.mark.parametrize("page", ["/docs", "/v6/docs", "/v3/docs", "/v7/docs"])
async def test_a_page_shows_the_document_and_finds_its_scripts(page: str) -> None:
    async with Client(service("/batch"), "/batch") as client:
        html = (await client.get(f"/batch{page}")).text
        addresses = re.findall(r'(?:href|src)="([^"]+)"', html) + re.findall(r"url: '([^']+)'", html)
        assert len(addresses) == 4
        result = [await client.get(urljoin(f"/batch{page}", address)) for address in addresses]
    assert [item.status_code for item in result] == [200] * 4


@pytest.mark.parametrize(("path", "page"), [("/", "/docs"), ("/docs/", "/docs"), ("/v6/docs/", "/v6/docs")])
async def test_other_addresses_lead_to_the_page(path: str, page: str) -> None:
    async with Client(service()) as client:
        answer = await client.get(path)
    assert answer.headers["location"] == f"{BASE}{page}"


async def test_the_last_slash_makes_no_difference() -> None:
    assert await document_of("/v6/openapi.json/") == await document_of("/v6/openapi.json")


@pytest.mark.parametrize("path", ["/v6/openapi.json", "/openapi.json/", "/docs", "/v6/docs", "/swagger/swagger-ui.css"])
async def test_they_are_given_to_everybody(path: str) -> None:
    async with Client(bare_app({"jane": digest_of("her-secret")})) as client:
        assert (await client.get(path)).status_code == 200
