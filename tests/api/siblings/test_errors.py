"""Errors that manifests declare."""

from tests.api.siblings.asking import results
from tests.factories import Factory
from tests.support import Client

DECLARED = [{"name": "bad-input", "code": 7, "title": "Bad input", "description": "Of no use", "category": "data"}]


async def test_an_error_that_a_manifest_declares_is_shown(client: Client, make: Factory) -> None:
    await make.job_type("echo", errors=DECLARED)
    [error] = await results(client, "/v6/errors/?job_type_name=echo")
    dates = {name: error[name] for name in ("created", "last_modified")}
    assert error == dates | {
        "id": error["id"],
        "name": "bad-input",
        "title": "Bad input",
        "description": "Of no use",
        "job_type_name": "echo",
        "category": "DATA",
        "is_builtin": False,
        "should_be_retried": False,
    }
    assert (await client.get(f"/v6/errors/{error['id']}/")).json() == error


async def test_errors_are_not_made_here(client: Client) -> None:
    assert (await client.post("/v6/errors/", {})).status_code == 405
