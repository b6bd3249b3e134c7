"""Which columns a record writes."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from jobsvc.domain.writes import FileDetails, FileInsert, JobInsert, NodeUpdate, SourceMetadata

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_a_change_writes_what_it_was_given_and_nothing_else() -> None:
    assert NodeUpdate().columns == {}
    assert NodeUpdate(pause_reason=None).columns == {"pause_reason": None}
    change = NodeUpdate(is_active=False, is_paused=True).model_copy(update={"deprecated": NOON})
    assert change.columns == {"is_paused": True, "is_active": False, "deprecated": NOON}


def test_a_change_of_what_there_is_not_is_refused() -> None:
    with pytest.raises(ValidationError):
        NodeUpdate.model_validate({"hostname": "other"})


def test_a_job_is_stored_with_where_its_data_come_from() -> None:
    source = SourceMetadata(source_started=NOON, source_task="survey")
    job = JobInsert(1, 2, 3, {}, None, 1.5, source)
    assert job.columns == {
        "job_type_id": 1,
        "job_type_rev_id": 2,
        "max_tries": 3,
        "input": {},
        "input_file_size": 1.5,
        "source_started": NOON,
        "source_task": "survey",
    }


@pytest.mark.parametrize(("published", "is_published"), [(None, False), (NOON, True)])
def test_files_are_stored_with_the_same_columns_whatever_is_known_of_them(
    published: datetime | None, *, is_published: bool
) -> None:
    file = FileInsert(1, "a.txt", "b/a.txt", "PRODUCT", 7, "text/plain", "0", published=published)
    described = file._replace(details=FileDetails(source_sensor="eye", data_started=NOON))
    assert set(file.columns) == set(described.columns)
    assert (described.columns["source_sensor"], described.columns["data_started"]) == ("eye", NOON)
    assert (file.columns["is_published"], file.columns["has_been_published"]) == (is_published, is_published)
    assert "details" not in file.columns
