"""The calling user."""

from jobsvc.api.context import Services
from jobsvc.api.middleware import digest_of
from jobsvc.app import bare_app
from jobsvc.domain.access import Permission
from tests.support import Client

PATH = "/v6/accounts/profile/"


async def test_without_tokens_everybody_is_anonymous(client: Client) -> None:
    nothing = {"first_name": "", "last_name": "", "email": ""}
    rights = {"is_staff": True, "role": "admin", "permissions": sorted(Permission), "job_types": None}
    expected = {"id": None, "username": "Anonymous", **nothing, "is_active": True, **rights}
    assert (await client.get(PATH)).json() == expected


async def test_a_token_says_who_calls(services: Services) -> None:
    app = bare_app({"jane": digest_of("secret")})
    app.state.services = services
    async with Client(app) as client:
        answer = await client.request("GET", PATH, headers={"Authorization": "Bearer secret"})
        assert answer.json()["username"] == "jane"
        unknown = await client.get(PATH)
        assert (unknown.status_code, unknown.headers["www-authenticate"]) == (401, 'Bearer realm="jobsvc"')
