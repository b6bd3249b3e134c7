"""What callers are told."""

import pytest

from jobsvc.domain import errors
from jobsvc.domain.errors import JobsvcError

KINDS = sorted(JobsvcError.__subclasses__(), key=lambda kind: kind.__name__)
WITH_WORDS_OF_THEIR_OWN = {errors.NotFound, errors.InvalidPage, errors.PositionExpired}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in WITH_WORDS_OF_THEIR_OWN])
def test_an_error_carries_its_sentence(kind: type[JobsvcError]) -> None:
    problem = kind("Something happened.")
    assert (problem.detail, str(problem)) == ("Something happened.", "Something happened.")


@pytest.mark.parametrize("key", [7, "echo 1.0.0"])
def test_what_was_not_found_is_named(key: object) -> None:
    assert errors.NotFound("Job type", key).detail == f"Job type {key} does not exist."


def test_an_invalid_page_needs_no_more_words() -> None:
    assert errors.InvalidPage().detail == "Invalid page."


def test_an_expired_position_says_where_events_begin() -> None:
    problem = errors.PositionExpired(12)
    assert problem.earliest == 12
    assert "12" in problem.detail
