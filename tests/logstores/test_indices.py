"""Names of indices."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from jobsvc.logstores.elasticsearch.indices import day_of, index_of, patterns

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def test_a_line_belongs_to_a_day_of_utc() -> None:
    assert index_of("scalelogs", NOON) == "scalelogs-2026.03.01"
    assert index_of("scalelogs", NOON.replace(hour=23, tzinfo=timezone(timedelta(hours=-2)))) == "scalelogs-2026.03.02"


@pytest.mark.parametrize(
    ("index", "day"),
    [
        ("logs-2026.03.01", date(2026, 3, 1)),
        ("logs-2026.02.30", None),
        ("logs-2026.03.01-000001", None),
        ("logs-2026.03", None),
        ("logstash-2026.03.01", None),
        ("more-logs-2026.03.01", None),
    ],
)
def test_the_day_of_an_index(index: str, day: date | None) -> None:
    assert day_of("logs", index) == day


def test_the_indices_of_some_days_are_named() -> None:
    days = ["2026.02.28", "2026.03.01"]
    assert patterns("logs", NOON - DAY, NOON) == [f"{family}-{day}*" for day in days for family in ("logs", "logstash")]


def test_the_indices_of_many_days_are_not() -> None:
    assert patterns("logs", NOON - 32 * DAY, NOON) == ["logs-*", "logstash-*"]
    assert len(patterns("logs", NOON - 31 * DAY, NOON)) == 64


@pytest.mark.parametrize("days", [1, 4000, 2_900_000])
def test_no_range_means_all_indices(days: int) -> None:
    assert patterns("logs", NOON + days * DAY, NOON) == [
        f"{family}-{NOON + days * DAY:%Y.%m.%d}*" for family in ("logs", "logstash")
    ]
