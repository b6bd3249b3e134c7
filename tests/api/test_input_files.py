"""The input files of a job.

See docs/spec/behaviour/job-details.md#input-files, docs/spec/behaviour/keys-v6.md#files and
docs/spec/decisions.md#values-and-filters.
"""

from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import insert, update

from jobsvc.db.tables import FileRow, JobInputFileRow
from jobsvc.domain.records import JobTypeDetails
from tests.api import rows
from tests.api.conftest import Stage
from tests.api.test_details import ECHO
from tests.support import BASE

pytestmark = pytest.mark.asyncio(loop_scope="module")
JOB, OTHER, NONE = 7, 8, 9
FILES: dict[int, dict[str, Any]] = {
    11: {"file_name": "early.txt", "data_started": rows.hour(0), "data_ended": rows.hour(1)},
    12: {"file_name": "late.txt", "source_started": rows.hour(2), "source_ended": rows.hour(3)},
    13: {"file_name": "late.txt", "source_started": rows.hour(4), "source_ended": rows.hour(5)},
    14: {"file_name": "unused.txt"},
}
LINKS = [
    (JOB, "IN", 0, 13),
    (JOB, "SOME", 0, 12),
    (JOB, "SOME", 1, 11),
    (JOB, "SOME", 2, 13),
    (OTHER, "SOME", 0, 14),
    (OTHER, "IN", 0, 11),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def echo(stage: Stage) -> JobTypeDetails:
    """Files 11 to 14, last modified at 13:00 down to 10:00, and which job reads which under what name."""
    kind = await stage.make.job_type("echo")
    for job_id in (JOB, OTHER, NONE):
        await rows.job_row(stage.make, kind, id=job_id)
    for file_id, columns in FILES.items():
        defaults = {
            "workspace_id": 1,
            "file_path": f"{file_id}",
            "file_type": "SOURCE",
            "file_size": file_id,
            "media_type": "text/plain",
        }
        await stage.make.row(FileRow, id=file_id, last_modified=rows.hour(24 - file_id), **defaults | columns)
    links = [dict(zip(("job_id", "job_input", "position", "file_id"), link, strict=True)) for link in LINKS]
    async with stage.db.engine.begin() as connection:
        await connection.execute(insert(JobInputFileRow), links)
    return kind


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [13, 12, 11]),
        ("order=id&file_id=11&bogus=1", [13, 12, 11]),
        ("job_input=IN", [13]),
        ("job_input=SOME", [13, 12, 11]),
        ("job_input=OTHER", []),
        ("job_input=", []),
        ("file_name=late.txt", [13, 12]),
        ("file_name=Late.txt", []),
        ("file_name=unused.txt", []),
        ("file_name=early.txt&job_input=IN", []),
        ("started=2020-01-01T12:00:00Z", [12, 11]),
        ("ended=2020-01-01T12:00:00Z", [13, 12]),
        ("started=2020-01-01T12:00:00Z&ended=2020-01-01T12:00:00.000001Z&time_field=last_modified", [12]),
        ("started=2020-01-01T12:00:00Z&time_field=", [12, 11]),
        ("started=2020-01-01T00:00:00Z&time_field=data", [11]),
        ("ended=2020-01-01T00:59:00Z&time_field=data", []),
        ("started=2020-01-01T03:00:00Z&time_field=source", [13]),
        ("ended=2020-01-01T03:00:00Z&time_field=source", [12]),
        ("started=PT1H", []),
        ("time_field=source", [13, 12, 11]),
    ],
)
async def test_the_list_is_filtered(stage: Stage, query: str, expected: list[int]) -> None:
    answer = await stage.client.get(f"/v6/jobs/{JOB}/input_files/?{query}")
    assert answer.status_code == 200
    assert [file["id"] for file in answer.json()["results"]] == expected
    assert answer.json()["count"] == len(expected)


@pytest.mark.parametrize(
    "query", ["time_field=created", "time_field=Data", "started=x", "ended=2020-01-01", "started=PT1H&ended=PT2H"]
)
async def test_a_parameter_that_cannot_be_read(stage: Stage, query: str) -> None:
    answer = await stage.client.get(f"/v6/jobs/{JOB}/input_files/?{query}&page=0")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(query.partition("=")[0])


async def test_a_job_without_files_has_an_empty_page(stage: Stage) -> None:
    empty: dict[str, Any] = {"count": 0, "next": None, "previous": None, "results": []}
    assert (await stage.client.get(f"/v6/jobs/{NONE}/input_files/")).json() == empty


async def test_pages(stage: Stage) -> None:
    page = (await stage.client.get(f"/v7/jobs/{JOB}/input_files/", page_size="1", page="2")).json()
    assert ([file["id"] for file in page["results"]], page["count"]) == ([12], 3)
    assert page["next"] == f"{BASE}/v7/jobs/{JOB}/input_files/?page=3&page_size=1"
    assert page["results"][0]["url"] == f"{BASE}/v7/files/12/content/"


PRODUCED = {
    "job_id": OTHER,
    "job_output": "OUT",
    "file_type": "PRODUCT",
    "data_type_tags": ["a", "b"],
    "countries": ["FR"],
    "geometry": "POINT (1 2)",
    "center_point": "POINT (1.0 2.0)",
    "recipe_node": "node",
    "is_superseded": True,
    "superseded": rows.hour(20),
    "is_deleted": True,
    "deleted": rows.hour(21),
    "created": rows.hour(10),
    "meta_data": {"more": 1},
}


async def test_all_that_is_said_of_a_file(stage: Stage, echo: JobTypeDetails) -> None:
    batch, recipe = await rows.batch_row(stage.make), await rows.recipe_row(stage.make)
    execution = await rows.execution_row(stage.make, OTHER, echo)
    columns = {"job_type_id": echo.item.job_type.id, "job_exe_id": execution, "batch_id": batch, "recipe_id": recipe}
    async with stage.db.engine.begin() as connection:
        change = update(FileRow).where(FileRow.id == 14)
        await connection.execute(change.values(**PRODUCED, **columns, last_modified=rows.hour(15)))
    file = (await stage.client.get(f"/v6/jobs/{OTHER}/input_files/", job_input="SOME")).json()["results"][0]
    assert file == {
        "id": 14,
        "file_name": "unused.txt",
        "workspace": {"id": 1, "name": "default"},
        "data_type_tags": ["a", "b"],
        "media_type": "text/plain",
        "file_type": "PRODUCT",
        "file_size": 14,
        "file_path": "14",
        "is_deleted": True,
        "url": f"{BASE}/v6/files/14/content/",
        "created": "2020-01-01T10:00:00Z",
        "deleted": "2020-01-01T21:00:00Z",
        **dict.fromkeys(("data_started", "data_ended", "source_started", "source_ended")),
        **dict.fromkeys(("source_sensor_class", "source_sensor", "source_collection", "source_task")),
        "last_modified": "2020-01-01T15:00:00Z",
        "geometry": "POINT (1 2)",
        "center_point": "POINT (1.0 2.0)",
        "countries": ["FR"],
        "job_type": ECHO,
        "job": {"id": OTHER},
        "job_exe": {"id": execution},
        "job_output": "OUT",
        "recipe_type": None,
        "recipe": {"id": recipe},
        "recipe_node": "node",
        "batch": {"id": batch, "title": "A batch", "description": "Of recipes", "created": "2020-01-01T00:00:00Z"},
        "is_superseded": True,
        "superseded": "2020-01-01T20:00:00Z",
    }
    assert (await stage.client.get("/v6/files/14/")).json() == {**file, "meta_data": {"more": 1}}
