"""Which job types are listed, and in which sequence (docs/spec/behaviour/siblings.md)."""

import pytest
import pytest_asyncio
from sqlalchemy import update

from jobsvc.db.tables import JobTypeRow
from tests.api.conftest import Stage
from tests.support import BASE

pytestmark = pytest.mark.asyncio(loop_scope="module")
OLD, LATE, EARLY, ZIP = (1, 2, 3, 4)
ALL = [EARLY, LATE, OLD, ZIP]


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def job_types(stage: Stage) -> None:
    """Types 1 to 4."""
    await stage.make.job_type("old", columns={"is_active": False})
    await stage.make.job_type("grep", "1.10.0", tags=["search"])
    await stage.make.job_type("grep", "1.9.0", description="Finds 100% of it")
    await stage.make.job_type("zip", title="Compressor")
    async with stage.db.engine.begin() as connection:
        await connection.execute(update(JobTypeRow).where(JobTypeRow.id == ZIP).values(is_system=True))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ALL),
        ("order=-name&bogus=1", ALL),
        ("keyword=GREP", [EARLY, LATE]),
        ("keyword=compress", [ZIP]),
        ("keyword=search", [LATE]),
        ("keyword=runs", [LATE, OLD, ZIP]),
        ("keyword=100%25", [EARLY]),
        ("keyword=g_ep", []),
        ("keyword=search&keyword=compress", [LATE, ZIP]),
        ("id=1&id=4&id=99", [OLD, ZIP]),
        ("name=grep", [EARLY, LATE]),
        ("name=grep&name=old", [EARLY, LATE, OLD]),
        ("name=Grep", []),
        ("is_active=true", [EARLY, LATE, ZIP]),
        ("is_active=false", [OLD]),
        ("is_system=true", [ZIP]),
        ("is_system=false&is_active=1&keyword=search", [LATE]),
    ],
)
async def test_the_list_selects(stage: Stage, query: str, expected: list[int]) -> None:
    answer = await stage.client.get(f"/v6/job-types/?{query}")
    assert [item["id"] for item in answer.json()["results"]] == expected
    assert answer.json()["count"] == len(expected)


@pytest.mark.parametrize("query", ["id=x", "is_active=", "is_system=2", "keyword=%00", "page=0&id=x"])
async def test_a_parameter_that_cannot_be_read(stage: Stage, query: str) -> None:
    assert (await stage.client.get(f"/v6/job-types/?{query}")).status_code == 400


async def test_versions_of_a_name_the_newest_first(stage: Stage) -> None:
    page = (await stage.client.get("/v6/job-types/grep/", page_size="1")).json()
    assert ([item["version"] for item in page["results"]], page["count"]) == (["1.10.0"], 2)
    assert page["next"] == f"{BASE}/v6/job-types/grep/?page=2&page_size=1"
    assert (await stage.client.get("/v6/job-types/grep")).json()["count"] == 2


async def test_a_name_that_there_is_not_has_no_versions(stage: Stage) -> None:
    page = (await stage.client.get("/v6/job-types/none/")).json()
    assert page == {"count": 0, "next": None, "previous": None, "results": []}
    assert (await stage.client.get("/v6/job-types/none/", page="2")).status_code == 404


async def test_an_item_is_the_details_without_documents(stage: Stage) -> None:
    details = (await stage.client.get("/v6/job-types/zip/1.0.0/")).json()
    (item,) = (await stage.client.get("/v6/job-types/", id=ZIP)).json()["results"]
    documents = {"manifest": details["manifest"], "configuration": details["configuration"]}
    assert details == {**item, **documents, "recipe_types": [], "retry_limits": None}
