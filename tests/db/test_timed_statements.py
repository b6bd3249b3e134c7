"""A statement that was built for one range of time is that of every range that is taken for alike."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Select, select

from jobsvc.db.clauses import JOB_CLAUSES, where
from jobsvc.db.compiled import CompiledStatement
from jobsvc.db.counting.jobs import number_in
from jobsvc.db.tables import JobRow
from jobsvc.db.timed_statements import TimedFilter, TimedStatement
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.status import JobStatus

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
LENGTHS = [0, 1, 5, 24, 25, 48, 24 * 31, 24 * 45, 24 * 90]
"""Hours."""


def ranges(seed: int) -> list[JobFilter]:
    """Of all lengths, beginning anywhere, at midnight or with a month; and open ones."""
    drawn = random.Random(seed)  # noqa: S311 - the same every time
    result = []
    for _ in range(150):
        started = BEGIN + timedelta(days=drawn.randrange(200), seconds=drawn.choice([0, 0, drawn.randrange(86_400)]))
        started = started.replace(day=drawn.choice([started.day, 1]))
        ended = started + timedelta(hours=drawn.choice(LENGTHS), seconds=drawn.choice([0, 1, 4000]))
        chosen = drawn.choice([{"started": started}, {"ended": ended}, {"started": started, "ended": ended}])
        result.append(JobFilter.model_validate({"statuses": {JobStatus.FAILED}, **chosen}))
    return result


@pytest.mark.parametrize("seed", range(3))
def test_ranges_that_are_alike_differ_in_values_alone(seed: int) -> None:
    alike: dict[TimedFilter, list[TimedFilter]] = defaultdict(list)
    for criteria in ranges(seed):
        matching = TimedFilter.of(criteria)
        assert matching is not None
        alike[matching].append(matching)
    assert sum(len(others) > 1 for others in alike.values()) > 5  # else nothing would be saved
    for first, others in alike.items():
        statement = TimedStatement(query(first.criteria), first)
        for other in others:
            own = CompiledStatement(query(other.criteria))
            assert (statement.text, statement.values(other)) == (own.text, own.values())


def query(criteria: JobFilter) -> Select[Any]:
    """How many, and which."""
    rows = select(JobRow.id).where(*where(JOB_CLAUSES, criteria)).limit(1).scalar_subquery()
    return select(number_in(criteria), rows)


def test_other_criteria_are_told_apart() -> None:
    failed = TimedFilter.of(JobFilter(started=BEGIN, statuses=frozenset({JobStatus.FAILED})))
    assert failed != TimedFilter.of(JobFilter(started=BEGIN, statuses=frozenset({JobStatus.CANCELED})))
    assert failed == TimedFilter.of(JobFilter(started=BEGIN + timedelta(days=31), statuses=frozenset({JobStatus.FAILED})))


def test_times_at_the_edge_have_no_pattern() -> None:
    assert TimedFilter.of(JobFilter(started=datetime(1, 1, 1, tzinfo=UTC))) is None
