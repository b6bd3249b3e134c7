"""What holds for a job type, and what follows."""

from datetime import UTC, datetime, timedelta

import pytest

from jobsvc.domain.retention import (
    PurgeBounds,
    PurgeCount,
    PurgePreview,
    RetentionDays,
    RetentionDefaults,
    RetentionPolicy,
    bounds_of,
    lines_before,
)

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("defaults", "policy", "expected"),
    [
        (RetentionDefaults(), RetentionPolicy(), (365, 365, 0, 90)),
        (RetentionDefaults(10, 20, 30), RetentionPolicy(), (10, 20, 30, 90)),
        (RetentionDefaults(), RetentionPolicy(job_days=7), (7, 7, 0, 90)),
        (RetentionDefaults(failed_job_days=700), RetentionPolicy(job_days=7), (7, 700, 0, 90)),
        (RetentionDefaults(10, 20, 30), RetentionPolicy(job_days=0, failed_job_days=1, product_days=0), (0, 1, 0, 90)),
    ],
)
def test_a_job_type_has_the_last_word(defaults: RetentionDefaults, policy: RetentionPolicy, expected: tuple[int, ...]) -> None:
    assert defaults.of(policy) == RetentionDays(*expected)


def test_days_are_counted_back_and_zero_is_for_ever() -> None:
    assert bounds_of(4, RetentionDays(1, 0, 2, 3), NOW) == PurgeBounds(4, NOW - timedelta(days=1), None, NOW - timedelta(days=2))


def test_lines_go_by_the_end_of_their_execution_and_stay_with_what_is_held() -> None:
    days = RetentionDefaults(log_days=2).of(RetentionPolicy())
    assert lines_before(RetentionPolicy(), days, NOW) == NOW - timedelta(days=2)
    assert lines_before(RetentionPolicy(is_held=True), days, NOW) is None
    own = RetentionPolicy(log_days=0)
    assert lines_before(own, RetentionDefaults().of(own), NOW) is None


def test_a_preview_adds_up_what_it_says_of_types() -> None:
    preview = PurgePreview([PurgeCount(1, 2, 3, 4, 5), PurgeCount(2, 20, 30, 40, 50)], {}, is_cut=False)
    assert (preview.jobs, preview.executions, preview.files, preview.log_lines) == (22, 33, 44, 55)
