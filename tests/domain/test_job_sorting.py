"""Orders as they are written."""

import pytest

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.job_sorting import JobOrderField, OrderBy, parse_order

ALIASES = {"pk": "id", "node": "node__id"}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], ()),
        (["created"], (OrderBy(JobOrderField.CREATED),)),
        (["-created"], (OrderBy(JobOrderField.CREATED, descending=True),)),
        (["status", "-pk"], (OrderBy(JobOrderField.STATUS), OrderBy(JobOrderField.ID, descending=True))),
        (["-node"], (OrderBy(JobOrderField.NODE_ID, descending=True),)),
        (["job_type__name", "id", "id"], (OrderBy(JobOrderField.JOB_TYPE_NAME), *[OrderBy(JobOrderField.ID)] * 2)),
    ],
)
def test_keys_in_the_sequence_in_which_they_are_given(values: list[str], expected: tuple[OrderBy, ...]) -> None:
    assert parse_order(values, ALIASES) == expected


@pytest.mark.parametrize("field", JobOrderField)
def test_every_field_is_called_by_its_own_name(field: JobOrderField) -> None:
    assert parse_order([f"-{field}"], {}) == (OrderBy(field, descending=True),)


@pytest.mark.parametrize("value", ["", "-", "--id", "+id", " id", "Status", "name", "job_exe__id", "id,status", "?"])
def test_what_jobs_cannot_be_ordered_by_is_refused(value: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^order: jobs cannot be ordered by"):
        parse_order(["id", value], ALIASES)
