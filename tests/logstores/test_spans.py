"""The parts of a search."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from jobsvc.domain.log_text import LogText
from jobsvc.logstores.spans import FIRST, TICK, spans
from jobsvc.ports.log_store import LogSearch, SearchPosition

START = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
FIRST_OF_ALL, LAST_OF_ALL = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def test_a_short_range_is_one_part() -> None:
    assert list(spans(LogSearch(START, START, LogText()))) == [(START, START)]
    assert list(spans(LogSearch(START, START + FIRST, LogText()))) == [(START, START + FIRST)]


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("ends", [(START, START + YEAR), (FIRST_OF_ALL, LAST_OF_ALL)])
def test_parts_are_the_whole_range_in_sequence(ends: tuple[datetime, datetime], *, newest_first: bool) -> None:
    parts = list(spans(LogSearch(*ends, LogText(), newest_first=newest_first)))
    in_time = parts[::-1] if newest_first else parts
    assert (in_time[0][0], in_time[-1][1]) == ends
    assert all(right[0] - left[1] == TICK for left, right in pairwise(in_time))
    assert parts[0][1] - parts[0][0] == FIRST


def test_what_a_reader_has_is_left_out() -> None:
    after = SearchPosition(START + YEAR / 2, "c", 1)
    ascending = list(spans(LogSearch(START, START + YEAR, LogText(), after=after)))
    descending = list(spans(LogSearch(START, START + YEAR, LogText(), after=after, newest_first=True)))
    assert (ascending[0][0], ascending[-1][1]) == (after.time, START + YEAR)
    assert (descending[0][1], descending[-1][0]) == (after.time, START)


def test_an_empty_range_has_no_parts() -> None:
    assert list(spans(LogSearch(START + TICK, START, LogText()))) == []
