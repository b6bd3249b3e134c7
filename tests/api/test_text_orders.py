"""Orders by a text of sources: by the text in any case, then by the last change, then by id (docs/spec/decisions.md#ties)."""

from datetime import datetime
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from sqlalchemy import text

from jobsvc.db.tables import JobRow
from tests.api import rows
from tests.api.conftest import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
SIZE = 4
TEXTS = ["b", "B", "a", None, "C", "", None]
"""Of the sensors; of tasks all jobs have one, of collections none has."""
FIELDS = ["source_sensor", "source_task", "source_collection"]


class Sorted(NamedTuple):
    """What a job is sorted by."""

    id: int
    status: str
    last_modified: datetime
    source_sensor: str | None
    source_task: str
    source_collection: None = None

    def key(self, field: str) -> tuple[bool, str, datetime, int]:
        """Jobs without a text come last."""
        value = getattr(self, field)
        return value is None, (value or "").lower(), self.last_modified, self.id


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def jobs(stage: Stage) -> list[Sorted]:
    """Later ids have earlier changes, and three of them the same one."""
    job_type = (await stage.make.job_type()).item.job_type
    async with stage.db.engine.connect() as connection:
        revision_id = await connection.scalar(text("SELECT id FROM job_type_revision"))
    made = []
    for number in range(30):
        own: dict[str, Any] = {
            "status": ["COMPLETED", "CANCELED"][number % 2],
            "last_modified": rows.hour(20 - number // 3),
            "source_sensor": TEXTS[number % len(TEXTS)],
            "source_task": f"task-{number % 3}",
        }
        row = await stage.make.row(JobRow, job_type_id=job_type.id, job_type_rev_id=revision_id, max_tries=3, **own)
        made.append(Sorted(row, **own))
    return made


def expected(jobs: list[Sorted], order: str) -> list[int]:
    descends = order.startswith("-")
    return [job.id for job in sorted(jobs, key=lambda job: job.key(order.removeprefix("-")), reverse=descends)]


async def listed(stage: Stage, **query: Any) -> list[int]:
    """The ids of all pages, by their links."""
    answer = await stage.client.get("/v6/jobs/", page_size=SIZE, **query)
    assert answer.status_code == 200, answer.text
    ids = [job["id"] for job in answer.json()["results"]]
    while following := answer.json()["next"]:
        answer = await stage.client.get(following)
        assert answer.status_code == 200, answer.text
        ids += [job["id"] for job in answer.json()["results"]]
    return ids


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("sign", ["", "-"])
async def test_pages_by_number_and_by_cursor_have_each_job_in_this_sequence(
    stage: Stage, jobs: list[Sorted], sign: str, field: str
) -> None:
    order = sign + field
    assert await listed(stage, order=order) == expected(jobs, order)
    assert await listed(stage, order=order, cursor="") == expected(jobs, order)


@pytest.mark.parametrize("sign", ["", "-"])
async def test_a_filter_leaves_the_sequence(stage: Stage, jobs: list[Sorted], sign: str, monkeypatch: pytest.MonkeyPatch) -> None:
    matching = [job for job in jobs if job.status == "COMPLETED"]
    order = f"{sign}source_sensor"
    for few in (100, 0):  # sorted at once, and along the index
        monkeypatch.setattr("jobsvc.db.job_pages.FEW_IN_TEXT_ORDERS", few)
        assert await listed(stage, order=order, status="COMPLETED") == expected(matching, order)
        assert await listed(stage, order=order, status="FAILED") == []


async def test_a_text_that_is_changed_or_gone_is_not_looked_for(stage: Stage, jobs: list[Sorted]) -> None:
    """The counts say how many jobs have none: they have to be those of this moment."""
    last, others = jobs[-1], jobs[:-1]
    try:
        await stage.make.set(last.id, source_task=None, last_modified=last.last_modified)
        assert await listed(stage, order="-source_task") == [last.id, *expected(others, "-source_task")]
    finally:
        await stage.make.set(last.id, source_task=last.source_task, last_modified=last.last_modified)
    assert await listed(stage, order="-source_task") == expected(jobs, "-source_task")
