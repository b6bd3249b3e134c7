"""Filters: absent criteria, empty ones, and criteria that do not exist."""

from datetime import UTC, datetime

import pytest
from pydantic import BaseModel, ValidationError

from jobsvc.domain.filters import (
    BatchFilter,
    ErrorFilter,
    ExecutionFilter,
    FileFilter,
    JobFilter,
    JobTypeFilter,
    NodeFilter,
    RecipeFilter,
    RecipeTypeFilter,
    TimeRange,
)

FILTERS = [
    JobFilter,
    ExecutionFilter,
    FileFilter,
    JobTypeFilter,
    TimeRange,
    ErrorFilter,
    NodeFilter,
    BatchFilter,
    RecipeFilter,
    RecipeTypeFilter,
]
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("kind", FILTERS)
def test_a_criterion_that_does_not_exist_is_never_ignored(kind: type[BaseModel]) -> None:
    with pytest.raises(ValidationError):
        kind.model_validate({"colour": "red"})


@pytest.mark.parametrize("kind", FILTERS)
def test_a_filter_cannot_be_changed_after_it_was_read(kind: type[BaseModel]) -> None:
    with pytest.raises(ValidationError):
        setattr(kind(), next(iter(kind.model_fields)), None)


@pytest.mark.parametrize("kind", FILTERS)
def test_every_criterion_has_its_description(kind: type[BaseModel]) -> None:
    assert all(field.description for field in kind.model_fields.values())


def test_a_stored_filter_is_read_as_it_was() -> None:
    expected = JobFilter(started=NOON, job_ids=frozenset({1, 2}), is_superseded=False)
    assert JobFilter.model_validate(expected.model_dump(mode="json", exclude_none=True)) == expected
