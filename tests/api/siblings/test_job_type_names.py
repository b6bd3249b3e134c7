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
            "unmet_resources": None,
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


async def test_resources_that_no_node_has_are_named(client: Client, make: Factory) -> None:
    await make.job_type("echo", columns={"unmet_resources": "gpus,mem"})
    assert await column(client, PATH, "unmet_resources") == ["gpus,mem"]
    [item] = await results(client, "/v6/job-types/echo/")
    assert item["unmet_resources"] == "gpus,mem"


async def test_a_release_is_later_than_what_came_before_it(client: Client, make: Factory) -> None:
    versions = ["1.0.0", "1.0.0-rc.1", "1.9.0", "1.10.0+build-7", "1.10.0-beta", "1.9.0-x+y"]
    for version in versions:
        await make.job_type("echo", version)
    ordered = ["1.0.0-rc.1", "1.0.0", "1.9.0-x+y", "1.9.0", "1.10.0-beta", "1.10.0+build-7"]
    assert await column(client, PATH, "versions") == [ordered]
    assert await column(client, PATH, "latest_version") == ["1.10.0+build-7"]
    assert await column(client, "/v6/job-types/echo/", "version") == ordered[::-1]
    assert await column(client, "/v6/job-types/", "version") == ordered
