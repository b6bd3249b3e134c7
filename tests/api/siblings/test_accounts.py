"""The calling user."""

from jobsvc.api.context import Services
from jobsvc.api.middleware import digest_of
from jobsvc.app import bare_app
from tests.support import Client

PATH = "/v6/accounts/profile/"


async def test_without_tokens_everybody_is_anonymous(client: Client) -> None:
    nothing = {"first_name": "", "last_name": "", "email": ""}
    expected = {"id": None, "username": "Anonymous", **nothing, "is_active": True, "is_staff": True}
    assert (await client.get(PATH)).json() == expected


async def test_a_token_says_who_calls(services: Services) -> None:
    app = bare_app({"jane": digest_of("secret")})
    app.state.services = services
    async with Client(app) as client:
        answer = await client.request("GET", PATH, headers={"Authorization": "Bearer secret"})
        assert answer.json()["username"] == "jane"
        assert (await client.get(PATH)).status_code == 403
