"""Bulk operations through the client: looked at first, then done, and watched."""

import pytest

from jobsvc.client.aio import AsyncClient
from jobsvc.client.errors import ApiError
from jobsvc.client.models import JobSelection

from .conftest import SECONDS

SLOW: JobSelection = {"job_type_names": ["slow"], "status": ["QUEUED", "RUNNING"]}


@pytest.fixture
async def waiting(client: AsyncClient, slow: int) -> list[int]:
    """Three jobs that will not end soon."""
    return [(await client.jobs.submit(slow, SECONDS))["id"] for _ in range(3)]


async def test_a_preview_changes_nothing(client: AsyncClient, waiting: list[int]) -> None:
    preview = await client.bulk.preview_cancel(SLOW)
    assert (preview["matched"], preview["eligible"]) == (3, 3)
    assert sum(preview["by_status"].values()) == 3
    assert {(await client.jobs.get(item))["status"] for item in waiting} <= {"QUEUED", "RUNNING"}


async def test_what_was_previewed_is_done_and_watched(client: AsyncClient, waiting: list[int]) -> None:
    preview = await client.bulk.preview_cancel(SLOW)
    operation_id = await client.bulk.cancel(SLOW, expected=preview["matched"])
    *_, last = [item async for item in client.bulk.watch(operation_id, interval=0.05)]
    assert (last["state"], last["done"]) == ("COMPLETED", 3)
    assert {(await client.jobs.get(item))["status"] for item in waiting} == {"CANCELED"}


async def test_another_number_than_previewed_is_refused(client: AsyncClient, waiting: list[int]) -> None:
    with pytest.raises(ApiError) as problem:
        await client.bulk.cancel(SLOW, expected=len(waiting) + 1)
    assert problem.value.status == 409


async def test_canceled_jobs_are_requeued(client: AsyncClient, waiting: list[int]) -> None:
    chosen: JobSelection = {"job_ids": waiting}
    async for _ in client.bulk.watch(await client.bulk.cancel(chosen), interval=0.05):
        pass
    assert (await client.bulk.preview_requeue(chosen))["eligible"] == 3
    *_, last = [item async for item in client.bulk.watch(await client.bulk.requeue(chosen, 5), interval=0.05)]
    assert last["done"] == 3


@pytest.mark.parametrize("selection", [{}, {"job_ids": []}, {"status": "FAILED", "job_ids": []}])
async def test_nobody_selects_every_job_by_mistake(client: AsyncClient, selection: JobSelection) -> None:
    with pytest.raises(ValueError, match="no jobs are selected"):
        await client.bulk.cancel(selection)


async def test_every_job_may_be_meant(client: AsyncClient, waiting: list[int]) -> None:
    assert (await client.bulk.preview_cancel({}, everything=True))["matched"] >= len(waiting)
