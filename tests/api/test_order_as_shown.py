"""Every member that a list shows, and that is no document, orders the list as it is shown."""

from collections.abc import Iterator
from typing import Any

import pytest
import pytest_asyncio

from jobsvc.api.shapes import shape_of
from jobsvc.api.v3.schemas import executions as v3_executions
from jobsvc.api.v3.schemas import jobs as v3_jobs
from jobsvc.api.v6.schemas.jobs import Job
from jobsvc.db.tables import EventRow, IngestEventRow
from jobsvc.domain.response_shape import ResponseShape
from tests.api import rows
from tests.api.conftest import Stage
from tests.api.v3.stock import make_stock

pytestmark = pytest.mark.asyncio(loop_scope="module")
DOCUMENTS = {"input_files"}
"""Members that hold JSON have no order."""
LISTS = {
    "/v6/jobs/": shape_of(Job),
    "/v3/jobs/": shape_of(v3_jobs.Job),
    "/v5/jobs/updates/": shape_of(v3_jobs.Job),
    "/jobs/executions/": shape_of(v3_jobs.Job),
    "/job-executions/": shape_of(v3_executions.Execution),
}
ODD: list[Any] = [
    {"tasks": [{"type": "main", "started": "2020-02-30T00:00:00Z", "ended": "soon", "exit_code": "one"}]},
    {"tasks": [{"type": "pre", "started": "2020-02-29 00:00+05:00"}, {"type": "pre", "started": "2019-12-31T23:59:59.5Z"}]},
    {"tasks": {}},
    {},
]
"""Task results as an import may bring them."""


def paths(shape: ResponseShape, *above: str) -> Iterator[tuple[str, ...]]:
    for name, member in shape.members.items():
        if isinstance(member, ResponseShape):
            yield from paths(member, *above, name)
        elif name not in DOCUMENTS:
            yield *above, name


CASES = [pytest.param(where, path, id=f"{where}{'__'.join(path)}") for where, shape in LISTS.items() for path in paths(shape)]


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def stock(stage: Stage) -> None:
    """Jobs with all that there is of them, and with as little as possible; one that waits."""
    await make_stock(stage.make)
    needy = {"scalar": [{"name": "cpus", "value": 7}, {"name": "disk", "value": 1, "inputMultiplier": 2}]}
    kind = await stage.make.job_type("Needy", resources=needy, timeout=9, columns={"is_active": True})
    plain = await stage.make.job_type("a-plain-one")
    event = await stage.make.row(EventRow, type="ATTACHED", occurred=rows.hour(9))
    ingest = await stage.make.row(IngestEventRow, type="STRIKE", occurred=rows.hour(1))
    for number, results in enumerate(ODD, start=1):
        size = None if number % 2 else 4.0 * number
        caused = {"event_id": event} if number % 2 else {"ingest_event_id": ingest}
        columns = {"last_modified": rows.hour(number), "input_file_size": size, "recipe_id": None, **caused}
        job = await rows.job_row(stage.make, kind if number > 1 else plain, **rows.FAILED, **columns)
        code = {"exit_code": number, "last_modified": rows.hour(10 - number)}
        await rows.execution_row(stage.make, job, kind if number > 1 else plain, status="FAILED", task_results=results, **code)
    running = await rows.job_row(stage.make, plain, **rows.RUNNING)
    await rows.execution_row(stage.make, running, plain, status="RUNNING", ended=None, started=rows.hour(0.5))
    await stage.make.job(kind, configuration={"priority": 3})


def key(value: Any) -> tuple[bool, Any]:
    return (True, 0) if value is None else (False, value.lower() if isinstance(value, str) else value)


def shown(item: dict[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = item
    for name in path:
        value = None if value is None else value[name]
    return value


@pytest.mark.parametrize(("where", "path"), CASES)
async def test_a_list_is_ordered_by_what_it_shows(stage: Stage, where: str, path: tuple[str, ...]) -> None:
    for dash in ("", "-"):
        answer = await stage.client.get(where, order=f"{dash}{'__'.join(path)}")
        assert answer.status_code == 200, answer.text
        values = [key(shown(item, path)) for item in answer.json()["results"]]
        assert len(values) == answer.json()["count"] > 5
        assert values == sorted(values, reverse=dash == "-")


async def test_the_executions_have_steps_to_be_ordered_by(stage: Stage) -> None:
    result = (await stage.client.get("/job-executions/")).json()["results"]
    for name in ("pre_started", "job_started", "job_completed", "job_exit_code"):
        assert len({item[name] for item in result}) > 1, name
