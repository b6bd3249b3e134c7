"""Orders of jobs as they are written."""

import pytest

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.job_sorting import JobOrderField
from jobsvc.domain.sorting import SortKey, parse_sort

ALIASES = {"pk": "id", "node": "node__id"}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], (SortKey(JobOrderField.LAST_MODIFIED),)),
        (["created"], (SortKey(JobOrderField.CREATED),)),
        (["-created"], (SortKey(JobOrderField.CREATED, descending=True),)),
        (["status", "-pk"], (SortKey(JobOrderField.STATUS), SortKey(JobOrderField.ID, descending=True))),
        (["-node"], (SortKey(JobOrderField.NODE_ID, descending=True),)),
        (["job_type__name", "id", "id"], (SortKey(JobOrderField.JOB_TYPE_NAME), *[SortKey(JobOrderField.ID)] * 2)),
    ],
)
def test_keys_in_the_sequence_in_which_they_are_given(values: list[str], expected: tuple[SortKey[JobOrderField], ...]) -> None:
    assert parse_sort(values, JobOrderField, ALIASES) == expected


@pytest.mark.parametrize("field", JobOrderField)
def test_every_field_is_called_by_its_own_name(field: JobOrderField) -> None:
    assert parse_sort([f"-{field}"], JobOrderField) == (SortKey(field, descending=True),)


@pytest.mark.parametrize("value", ["", "-", "--id", "+id", " id", "Status", "name", "job_exe__id", "id,status", "?"])
def test_what_jobs_cannot_be_ordered_by_is_refused(value: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^order: jobs cannot be ordered by"):
        parse_sort(["id", value], JobOrderField, ALIASES, "jobs")
