"""All operations times all roles: who may what, and that nothing is open by mistake."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from jobsvc.api.dispatch import Dispatch
from jobsvc.api.generations import GENERATIONS
from jobsvc.api.identity import AccessOptions
from jobsvc.api.permissions import guard_all, requirement_of
from jobsvc.app import bare_app
from jobsvc.domain.access import PERMISSIONS, Permission, Principal, Role, digest_of
from tests.api.conftest import Stage
from tests.support import BASE

pytestmark = pytest.mark.asyncio(loop_scope="module")
PARAMETERS = {
    "{log_id}": "stdout",
    "{name}": "none",
    "{version}": "1.0.0",
}
OPERATIONS = [
    (
        next(iter(route.methods or ())),
        f"{generation.prefix}{route.path}",
        requirement_of(route).permission,
        requirement_of(route).status,
    )
    for generation in GENERATIONS
    for part in generation.parts
    for route in part.routes
    if isinstance(route, APIRoute)
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http(stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an API with a token of each role, called like it."""
    principals = {digest_of(role): Principal(role, role) for role in Role}
    scoped = Principal("scoped", Role.ADMIN, scopes=frozenset({Permission.JOBS_READ}))
    app = bare_app({}, access=AccessOptions({**principals, digest_of("scoped"): scoped}))
    app.state.services = stage.services
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
        yield client


def address(path: str) -> str:
    """A path with something in the place of its parameters: ids that there are none of."""
    for name, value in PARAMETERS.items():
        path = path.replace(name, value)
    return "/".join("987654" if part.startswith("{") else part for part in path.split("/"))


async def ask(http: httpx.AsyncClient, method: str, path: str, token: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    # A body that no operation takes, so that nothing is changed by who may.
    # A stream that may be read would not end by itself: with this it is refused as one that nobody can go on with.
    headers["Last-Event-ID"] = "x"
    return await http.request(method, address(path), headers=headers, content=b"[]" if method != "GET" else None)


async def test_all_operations_are_walked() -> None:
    assert len(OPERATIONS) > 80
    assert {permission for _, _, permission, _ in OPERATIONS} == {None, *Permission}


@pytest.mark.parametrize("role", Role)
async def test_a_role_may_what_its_permissions_say_and_no_more(http: httpx.AsyncClient, role: Role) -> None:
    wrong = []
    for method, path, permission, _ in OPERATIONS:
        answer = await ask(http, method, path, role)
        if (answer.status_code == 403) is (permission is None or permission in PERMISSIONS[role]):
            wrong.append((method, path, answer.status_code))
    assert not wrong


@pytest.mark.parametrize("token", ["", "wrong"])
async def test_without_valid_credentials_only_what_is_public_is_answered(http: httpx.AsyncClient, token: str) -> None:
    public = []
    for method, path, permission, status in OPERATIONS:
        answer = await ask(http, method, path, token)
        if permission is None:
            public.append(path)
        assert answer.status_code == (200 if permission is None else status), path
        assert ("www-authenticate" in answer.headers) is (answer.status_code == 401)
    assert public == ["/v6/version/"]


async def test_scopes_take_away_from_a_role(http: httpx.AsyncClient) -> None:
    assert (await ask(http, "GET", "/v6/jobs/", "scoped")).status_code == 200
    refused = await ask(http, "GET", "/v6/files/", "scoped")
    assert (refused.status_code, "files:read" in refused.json()["detail"]) == (403, True)


async def test_nothing_of_a_refused_body_is_read(http: httpx.AsyncClient) -> None:
    sent = []

    async def body() -> AsyncIterator[bytes]:
        for number in range(100):
            sent.append(number)
            yield b"x" * 1000

    headers = {"Authorization": "Bearer viewer"}
    answer = await http.post("/v6/files/upload/?file_name=a.txt", headers=headers, content=body())
    assert answer.status_code == 403
    assert len(sent) <= 1


@pytest.mark.parametrize(("role", "is_staff"), [("viewer", False), ("submitter", True), ("operator", True), ("admin", True)])
async def test_the_profile_tells_the_truth(http: httpx.AsyncClient, role: str, *, is_staff: bool) -> None:
    profile = (await ask(http, "GET", "/v6/accounts/profile/", role)).json()
    assert (profile["username"], profile["role"], profile["is_staff"]) == (role, role, is_staff)
    assert profile["permissions"] == sorted(PERMISSIONS[Role(role)])


async def undeclared() -> None:
    """An operation that does not say who may use it."""


async def test_the_service_does_not_start_with_an_operation_that_declares_nothing() -> None:
    router = APIRouter()
    router.add_api_route("/undeclared/", undeclared)
    with pytest.raises(TypeError, match="does not say who may use it"):
        Dispatch().add(router, "/v6")
    app = FastAPI(openapi_url=None)
    app.add_api_route("/undeclared/", undeclared)
    with pytest.raises(TypeError, match="does not say who may use it"):
        guard_all(app.routes)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def public(stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an API that everybody may read."""
    access = AccessOptions({digest_of("admin"): Principal("admin", Role.ADMIN)}, is_public=True)
    app = bare_app({}, access=access)
    app.state.services = stage.services
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
        yield client


async def test_where_reading_is_public_everybody_is_a_viewer_without_a_profile(public: httpx.AsyncClient) -> None:
    for method, path, permission, _ in OPERATIONS:
        may = permission is None or permission in PERMISSIONS[Role.VIEWER] - {Permission.PROFILE_READ}
        assert ((await ask(public, method, path, "")).status_code in {401, 403}) is not may, path
    assert (await ask(public, "GET", "/v6/accounts/profile/", "")).status_code == 401


async def test_where_reading_is_public_wrong_credentials_are_refused_nevertheless(public: httpx.AsyncClient) -> None:
    assert (await ask(public, "GET", "/v6/jobs/", "wrong")).status_code == 403
    assert (await ask(public, "GET", "/v6/accounts/profile/", "admin")).json()["role"] == "admin"
