"""What became of the jobs of each type day by day, in the shape that the documented system's dashboard reads."""

from datetime import timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from jobsvc.api.v6.schemas.plots import MetricsDetails, PlotPage
from jobsvc.domain.records import JobTypeDetails
from tests.api import rows
from tests.api.siblings.asking import column, results
from tests.factories import Factory
from tests.support import Client

PLOT = "/v6/metrics/job-types/plot-data/"
DAYS = "started=2020-01-01&ended=2020-01-02"


async def values(client: Client, name: str, query: str) -> list[tuple[Any, ...]]:
    """The values of a column, by day."""
    page = (await client.get(f"{PLOT}?column={name}&{query}")).json()
    Draft202012Validator(PlotPage.model_json_schema()).validate(page)
    [plot] = page["results"]
    assert plot["column"]["name"] == name
    assert (plot["min_y"], plot["max_y"]) == ends([value["value"] for value in plot["values"]])
    return [(value["date"][-2:], value["value"], value["id"]) for value in plot["values"]]


def ends(numbers: list[int]) -> tuple[int | None, int | None]:
    return (min(numbers), max(numbers)) if numbers else (None, None)


async def fill(make: Factory, echo: JobTypeDetails) -> tuple[int, int]:
    """On January 1 two jobs of one type completed and one failed, on January 2 one of another type did, and one before."""
    other = await make.job_type("other")
    error = await rows.error_row(make, "bad", "DATA")
    for kind, state, hour, more in (
        (echo, rows.COMPLETED, 1, {}),
        (echo, rows.COMPLETED, 23.99, {}),
        (echo, rows.FAILED, 2, {"error_id": error}),
        (other, rows.COMPLETED, 24, {}),
        (other, rows.CANCELED, 30, {}),
        (other, rows.COMPLETED, -1, {}),
        (other, rows.RUNNING, 3, {}),
    ):
        ended = rows.hour(hour)
        job_id = await rows.job_row(make, kind, **state, **more, last_status_change=ended)
        if state is rows.COMPLETED:
            times = {"queued": ended - timedelta(seconds=100), "started": ended - timedelta(seconds=60), "ended": ended}
            await rows.execution_row(make, job_id, kind, **times, last_modified=ended)
    return echo.item.job_type.id, other.item.job_type.id


async def test_plots(client: Client, make: Factory, echo: JobTypeDetails) -> None:
    one, two = await fill(make, echo)
    for _ in range(2):
        assert await values(client, "completed_count", DAYS) == [("01", 2, None), ("02", 1, None)]
        assert await values(client, "total_count", DAYS) == [("01", 3, None), ("02", 2, None)]
        assert await values(client, "total_count", f"{DAYS}&choice_id={two}") == [("02", 2, None)]
        assert await values(client, "total_count", f"{DAYS}&choice_id={2**63}") == []
        both = f"{DAYS}&choice_id={one}&choice_id={two}"
        assert await values(client, "completed_count", both) == [("01", 2, one), ("02", 1, two)]
        assert await values(client, "error_data_count", both) == [("01", 1, one), ("02", 0, two)]
        assert await values(client, "queue_time_avg", DAYS) == [("01", 40, None), ("02", 40, None)]
        assert await values(client, "run_time_sum", DAYS) == [("01", 120, None), ("02", 60, None)]
        assert await values(client, "completed_count", "ended=2020-01-01T05:00:00Z") == [("31", 1, None), ("01", 2, None)]
        assert await values(client, "completed_count", "started=P1D") == []
        async with make.db.transaction() as tx:
            await tx.counts.fold(1_000_000)


async def test_what_can_be_plotted(client: Client, echo: JobTypeDetails) -> None:
    assert await column(client, "/v6/metrics/", "name") == ["job-types"]
    details = (await client.get("/v6/metrics/job-types/")).json()
    Draft202012Validator(MetricsDetails.model_json_schema()).validate(details)
    assert [choice["id"] for choice in details["choices"]] == [echo.item.job_type.id]
    assert {column["group"] for column in details["columns"]} == {group["name"] for group in details["groups"]}


async def test_columns_are_chosen_and_paged(client: Client) -> None:
    plots = await results(client, f"{PLOT}?group=overview&column=failed_count&page_size=3&page=2")
    assert [plot["column"]["name"] for plot in plots] == ["total_count"]
    assert len(await results(client, PLOT)) == 15
    assert await results(client, f"{PLOT}?column=none") == []


@pytest.mark.parametrize(
    ("path", "status", "names"),
    [
        ("/v6/metrics/strikes/", 404, "strikes"),
        ("/v6/metrics/strikes/plot-data/", 404, "strikes"),
        (f"{PLOT}?started=2020-02-30", 400, "started"),
        (f"{PLOT}?ended=yesterday", 400, "ended"),
        (f"{PLOT}?started=2020-01-02&ended=2020-01-01", 400, "started"),
        (f"{PLOT}?choice_id=x", 400, "choice_id"),
        (f"{PLOT}?page=2", 404, "page"),
    ],
)
async def test_what_cannot_be_plotted_is_named(client: Client, path: str, status: int, names: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == status
    assert names in answer.json()["detail"]


@pytest.mark.parametrize(
    "ends",
    [
        "started=0001-01-01&ended=9999-12-31",
        "ended=0001-01-01",
        "started=9999-12-31&ended=9999-12-31",
        "started=2020-01-01&ended=2020-01-01",
    ],
)
async def test_the_edges_of_time(client: Client, ends: str) -> None:
    assert (await client.get(f"{PLOT}?{ends}")).status_code == 200
