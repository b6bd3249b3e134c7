"""Job types by name."""

from tests.api.siblings.asking import column, results
from tests.factories import Factory
from tests.support import Client

PATH = "/v6/job-type-names/"


async def test_a_name_has_all_versions_and_the_rest_of_the_latest_one(client: Client, make: Factory) -> None:
    latest = await make.job_type("echo", "1.10.0", title="Echo 1.10.0", columns={"icon_code": "f186"})
    for version in ("1.2.0", "1.9.0"):
        await make.job_type("echo", version)
    assert await results(client, PATH) == [
        {
            "id": latest.item.job_type.id,
            "name": "echo",
            "title": "Echo 1.10.0",
            "description": "Runs echo",
            "icon_code": "f186",
            "is_active": True,
            "is_paused": False,
            "is_published": False,
            "is_system": False,
            "num_versions": 3,
            "latest_version": "1.10.0",
            "versions": ["1.2.0", "1.9.0", "1.10.0"],
        }
    ]


async def test_versions_that_do_not_match_are_named_all_the_same(client: Client, make: Factory) -> None:
    old = await make.job_type("echo", "1.0.0", columns={"is_active": False})
    await make.job_type("echo", "2.0.0")
    for query in ("is_active=false", f"id={old.item.job_type.id}"):
        assert await column(client, f"{PATH}?{query}", "versions") == [["1.0.0", "2.0.0"]]
