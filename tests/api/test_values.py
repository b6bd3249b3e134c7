"""How values of query parameters are read (docs/spec/behaviour/conventions.md and docs/spec/decisions.md#values-and-filters)."""

from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from tests.api import rows
from tests.api.conftest import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
JOB = 5
MOMENT = datetime(2015, 1, 1, 0, 0, 0, 123456, UTC)


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def jobs(stage: Stage) -> None:
    """Job 5, last modified at the MOMENT, and one that nearly was modified just now."""
    kind = await stage.make.job_type()
    await rows.job_row(stage.make, kind, id=JOB, last_modified=MOMENT, created=rows.T0, started=rows.hour(0.5))
    recently = datetime.now(UTC) - timedelta(minutes=90)
    replaced = {"is_superseded": True, "superseded": recently}
    await rows.job_row(stage.make, kind, id=JOB + 1, last_modified=recently, **replaced)


async def matching(stage: Stage, query: str) -> list[int]:
    answer = await stage.client.get(f"/v6/jobs/?{query}")
    assert answer.status_code == 200, answer.text
    return [job["id"] for job in answer.json()["results"]]


@pytest.mark.parametrize("value", ["5", "%205%20", "%2B5", "+5", "005", "5&job_id=-5", "0&job_id=5"])
async def test_integers(stage: Stage, value: str) -> None:
    assert await matching(stage, f"job_id={value}") == [JOB]


@pytest.mark.parametrize("value", ["", "%20", "5.0", "1e1", "0x5", "five", "5,6", "[5]", "--5", "%2B-5", "\u0665", "5_0"])
async def test_what_is_no_integer_is_refused(stage: Stage, value: str) -> None:
    for name in ("job_id", "job_type_id", "batch_id", "recipe_id", "error_id"):
        answer = await stage.client.get(f"/v6/jobs/?{name}={value}")
        assert (answer.status_code, answer.json()["detail"]) == (400, f"{name}: must be an integer")


@pytest.mark.parametrize("digits", [19, 20, 40, 1000])
async def test_an_integer_that_no_id_can_be_selects_nothing(stage: Stage, digits: int) -> None:
    assert await matching(stage, f"job_id={'9' * digits}") == []
    assert await matching(stage, f"job_id=-{'9' * digits}&job_id=5") == [JOB]


@pytest.mark.parametrize("value", ["true", "True", "TRUE", "t", "T", "1", "%20true%20", "false&is_superseded=true"])
async def test_true(stage: Stage, value: str) -> None:
    assert await matching(stage, f"is_superseded={value}") == [JOB + 1]


@pytest.mark.parametrize("value", ["false", "False", "f", "F", "0", "true&is_superseded=0"])
async def test_false(stage: Stage, value: str) -> None:
    assert await matching(stage, f"is_superseded={value}") == [JOB]


@pytest.mark.parametrize("value", ["", "yes", "no", "2", "null", "true,false"])
async def test_what_is_no_flag_is_refused(stage: Stage, value: str) -> None:
    answer = await stage.client.get(f"/v6/jobs/?is_superseded={value}")
    assert (answer.status_code, answer.json()["detail"]) == (400, "is_superseded: must be true or false")


@pytest.mark.parametrize(
    "value",
    [
        "2015-01-01T00:00:00.123456Z",
        "2015-01-01 00:00:00.123456Z",
        "2015-01-01T00:00:00.123456999Z",
        "2015-01-01T05:00:00.123456%2B05:00",
        "2015-01-01T05:00:00.123456+05:00",
        "2014-12-31T19:30:00.123456-04:30",
        "2999-01-01T00:00Z&ended=2015-01-01T00:00:00.123456Z",
    ],
)
async def test_timestamps_are_exact_and_inclusive(stage: Stage, value: str) -> None:
    assert await matching(stage, f"ended={value}") == [JOB]
    assert await matching(stage, "ended=2015-01-01T00:00:00.123455Z") == []


@pytest.mark.parametrize(
    "value",
    [
        "",
        "2015-01-01",
        "2015-01-01T00:00:00",
        "2015-01-01T00Z",
        "20150101T000000Z",
        "1420070400",
        "2015-02-30T00:00:00Z",
        "2015-13-01T00:00:00Z",
        "2015-01-01T25:00:00Z",
        "2015-01-01T00:00:00z",
        "2015-01-01T00:00:00%2B0500",
        "%202015-01-01T00:00:00Z",
        "0001-01-01T00:00:00%2B14:00",
        "yesterday",
        "P1Y",
        "P1M",
        "P1W",
        "P1Y2M3DT4H",
        "-P1D",
        "P-1D",
        "PT1D",
        "P1H",
        "P1,5D",
        "p1d",
        "pt1h",
        "P99999999999D",
        "PT" + "9" * 400 + "S",
    ],
)
async def test_what_is_no_time_is_refused(stage: Stage, value: str) -> None:
    for name in ("started", "ended", "source_started", "source_ended"):
        answer = await stage.client.get(f"/v6/jobs/?{name}={value}")
        assert (answer.status_code, answer.json()["detail"].partition(":")[0]) == (400, name)


@pytest.mark.parametrize("value", ["PT1H", "P0DT1H", "PT60M", "PT3600S", "P0.04D", "PT0.5H"])
async def test_a_duration_is_so_long_ago_and_this_is_too_short(stage: Stage, value: str) -> None:
    assert await matching(stage, f"started={value}") == []
    assert await matching(stage, f"ended={value}") == [JOB, JOB + 1]


@pytest.mark.parametrize("value", ["PT2H", "PT1H31M", "P1D", "P1.5D", "P1DT1H1M1.5S", "P20000D"])
async def test_a_duration_is_so_long_ago_and_this_is_long_enough(stage: Stage, value: str) -> None:
    assert JOB + 1 in await matching(stage, f"started={value}")
    assert JOB + 1 not in await matching(stage, f"ended={value}")


@pytest.mark.parametrize("value", ["P", "PT"])
async def test_an_empty_duration_is_now(stage: Stage, value: str) -> None:
    assert await matching(stage, f"started={value}") == []
    assert await matching(stage, f"ended={value}") == [JOB, JOB + 1]


RANGES = [
    ("2015-01-01T00:00:00Z", "2015-01-01T00:00:00.000001Z", 200),
    ("2015-01-01T00:00:00Z", "PT1H", 200),
    ("PT2H", "PT1H", 200),
    ("P1D", "P1D", 200),
    ("P1D", "PT24H", 200),
    ("2015-01-01T00:00:00Z", "2015-01-01T00:00:00Z", 400),
    ("2015-01-01T00:00:00Z", "2015-01-01T01:00:00%2B01:00", 400),
    ("2015-01-02T00:00:00Z", "2015-01-01T00:00:00Z", 400),
    ("PT1H", "PT2H", 400),
    ("PT1H", "2015-01-01T00:00:00Z", 400),
    ("2999-01-01T00:00:00Z", "PT0S", 400),
]


@pytest.mark.parametrize("prefix", ["", "source_"])
@pytest.mark.parametrize(("started", "ended", "status"), RANGES)
async def test_ranges(stage: Stage, prefix: str, started: str, ended: str, status: int) -> None:
    answer = await stage.client.get(f"/v6/jobs/?{prefix}started={started}&{prefix}ended={ended}")
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["detail"] == f"{prefix}started: must be before {prefix}ended"


async def test_the_two_ranges_have_nothing_to_do_with_each_other(stage: Stage) -> None:
    assert await matching(stage, "started=2015-01-01T00:00:00Z&source_ended=2014-01-01T00:00:00Z") == []
    assert await matching(stage, "started=2999-01-01T00:00:00Z") == []


async def test_times_are_written_in_utc_with_microseconds_or_none(stage: Stage) -> None:
    job = (await stage.client.get(f"/v6/jobs/{JOB}/")).json()
    times = (job["created"], job["last_modified"], job["started"])
    assert times == ("2020-01-01T00:00:00Z", "2015-01-01T00:00:00.123456Z", "2020-01-01T00:30:00Z")
