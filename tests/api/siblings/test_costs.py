"""How many statements an answer takes: no more for many rows than for a few."""

import pytest
import pytest_asyncio

from tests.api.conftest import Stage
from tests.api.siblings.stock import fill
from tests.db.statements import Statements

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATHS = [
    "/v6/errors/",
    "/v6/nodes/",
    "/v6/job-types/status/",
    "/v6/job-types/running/",
    "/v6/job-types/pending/",
    "/v6/job-types/system-failures/",
    "/v6/job-type-names/",
    "/v6/queue/status/",
    "/v6/load/?job_type_name=beta",
    "/v6/files/",
    "/v6/batches/",
    "/v6/recipes/",
    "/v6/recipe-types/",
    "/v6/recipe-types/inner/",
    "/v6/recipe-types/inner/revisions/",
    "/v6/recipes/{one}/",
    "/v6/batches/{first}/",
]
# The scheduler, its nodes, their executions, what these use, and the job types.
OF_STATUS = 6


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ids(stage: Stage) -> dict[str, int]:
    return await fill(stage.make)


@pytest.mark.parametrize("path", PATHS)
async def test_an_answer_takes_few_statements(stage: Stage, ids: dict[str, int], path: str) -> None:
    with Statements(stage.db) as statements:
        assert (await stage.client.get(path.format(**ids))).status_code == 200
    assert 1 <= len(statements) <= 4


@pytest.mark.usefixtures("ids")
async def test_the_status_takes_few_statements(stage: Stage) -> None:
    with Statements(stage.db) as statements:
        assert (await stage.client.get("/v6/status/")).status_code == 200
    assert len(statements) <= OF_STATUS
