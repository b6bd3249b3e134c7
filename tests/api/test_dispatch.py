"""Every operation is reached by its path under every prefix, without asking the routes of others."""

import pytest
from fastapi import APIRouter, FastAPI, Request
from fastapi.routing import iter_route_contexts
from starlette.routing import Match

from jobsvc.api.dispatch import Dispatch
from jobsvc.api.generations import GENERATIONS, Generation
from jobsvc.app import bare_app
from tests.support import Client

WORDS = {"": "word", "str": "word", "path": "a/b"}
NUMBER = "7"
OTHERS = ("", "/", "//", "/v6", "/v6/", "/v6//jobs/", "/v5/v6/jobs/", "/v6/jobs/x/", "/nothing/", "/v8/jobs/")


def dispatch_of(app: FastAPI) -> Dispatch:
    return next(route for route in app.routes if isinstance(route, Dispatch))


def filled(path: str) -> str:
    """A path with values in place of its parameters."""
    parts = path.split("/")
    return "/".join(WORDS.get(part.strip("{}").partition(":")[2], NUMBER) if part.startswith("{") else part for part in parts)


@pytest.mark.parametrize("generation", GENERATIONS, ids=lambda generation: generation.name)
def test_every_operation_is_reached_under_every_prefix(generation: Generation) -> None:
    dispatch = dispatch_of(bare_app({}))
    for prefix in (generation.prefix, *generation.aliases):
        for context in iter_route_contexts(generation.router.routes):
            for method in context.methods or ():
                path = filled(context.path or "")
                expected = first_that_fits(generation, path, method)
                match, child = dispatch.matches({"type": "http", "path": prefix + path, "method": method})
                assert match is Match.FULL
                assert child["endpoint"] is expected, f"{method} {prefix}{path}"


def first_that_fits(generation: Generation, path: str, method: str) -> object:
    """The handler by the framework's rule: the first route of all."""
    scope = {"type": "http", "path": path, "method": method}
    matching = (route.matches(scope) for part in generation.parts for route in part.routes)
    return next(child["endpoint"] for match, child in matching if match is Match.FULL)


@pytest.mark.parametrize(
    "path", ["", "/", "//", "/v6", "/v6/", "/v6//jobs/", "/v5/v6/jobs/", "/v6/jobs/x/", "/nothing/", "/v8/jobs/"]
)
def test_other_paths_lead_nowhere(path: str) -> None:
    assert dispatch_of(bare_app({})).matches({"type": "http", "path": path, "method": "GET"})[0] is Match.NONE


async def test_a_wrong_method_is_named_with_the_right_ones(client: Client) -> None:
    response = await client.request("DELETE", "/v6/jobs/")
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


def test_what_cannot_be_dispatched_is_refused() -> None:
    async def depends(request: Request) -> None:
        """Do nothing."""

    router = APIRouter()
    router.include_router(APIRouter(), prefix="/x")
    with pytest.raises(TypeError, match="no operation"):
        Dispatch().add(router, "/v9")


async def test_a_path_that_is_written_out_is_no_name(client: Client) -> None:
    answer = await client.request("GET", "/v6/retry-policies/simulate/")
    assert (answer.status_code, answer.headers["allow"]) == (405, "OPTIONS, POST")
    answer = await client.request("GET", "/v6/retry-policies/other/")
    assert answer.status_code == 404
