"""Jobs that differ in everything a filter looks at, and which of them each query selects (docs/spec/services/v6-job-list.md).

Ids are written as labels: `{running}` is the job of that label, `{grep}` a job type, `{boom}` an error.
"""

from datetime import UTC, datetime
from typing import Any

from tests.api import rows
from tests.factories import Factory

JOBS = "done failed bad running queued replaced waiting blocked"
"""All labels, by `last_modified`, from 01:00 to 08:00 of 2020-01-01."""

ALONE = [
    ("started=2020-01-01T07:00:00Z", "waiting blocked"),
    ("ended=2020-01-01T02:00:00Z", "done failed"),
    ("started=2020-01-01T02:00:00Z&ended=2020-01-01T03:00:00Z", "failed bad"),
    ("started=PT1H", ""),
    ("source_started=2015-02-01T00:00:00Z", "failed"),
    ("source_ended=2015-01-31T00:00:00Z", "done"),
    ("source_started=2015-01-01T00:00:00Z&source_ended=2015-02-27T00:00:00Z", "done"),
    ("source_sensor_class=radar", "done"),
    ("source_sensor=s2", "failed"),
    ("source_collection=c1", "done"),
    ("source_task=t2", "failed"),
    ("source_tasks=t2", "failed"),
    ("status=COMPLETED", "done"),
    ("status=FAILED", "failed bad"),
    ("status=RUNNING", "running"),
    ("status=QUEUED", "queued"),
    ("status=CANCELED", "replaced"),
    ("status=PENDING", "waiting"),
    ("status=BLOCKED", "blocked"),
    ("job_id={queued}", "queued"),
    ("job_type_id={echo}", "done replaced"),
    ("job_type_name=echo", "done failed replaced"),
    ("batch_id={first_batch}", "done bad"),
    ("recipe_id={first_recipe}", "done"),
    ("error_category=SYSTEM", "failed"),
    ("error_id={garbage}", "bad"),
    ("label=team:blue", "failed"),
    ("is_superseded=true", "replaced"),
    ("is_superseded=false", "done failed bad running queued waiting blocked"),
]
"""Each parameter alone; where a range needs two, both."""

TOGETHER = [
    ("", JOBS),
    ("ended=PT1H", JOBS),
    ("status=PENDING&status=BLOCKED", "waiting blocked"),
    ("job_id={done}&job_id={bad}&job_id=999", "done bad"),
    ("job_type_name=echo&job_type_name=grep&job_type_name=none", JOBS),
    ("source_task=t1&source_task=t2", "done failed"),
    ("source_task=t1&source_tasks=t2", "done failed"),
    ("error_category=SYSTEM&error_category=DATA", "failed bad"),
    ("batch_id={first_batch}&batch_id={second_batch}", "done failed bad"),
    ("label=team:blue&label=team:red", "failed bad"),
    ("label=team&status=FAILED&error_category=DATA", "bad"),
    ("status=FAILED&error_category=DATA", "bad"),
    ("status=FAILED&status=COMPLETED&job_type_id={echo}", "done"),
    ("job_type_name=echo&is_superseded=false&batch_id={second_batch}", "failed"),
    ("status=COMPLETED&job_id={bad}", ""),
    ("is_superseded=true&is_superseded=false&status=CANCELED", ""),
]
"""Values of one parameter are OR-ed, parameters are AND-ed, of a flag the last one holds."""

LITERAL = [
    ("status=failed", ""),
    ("status=LOST", ""),
    ("status=FAILED,COMPLETED", ""),
    ("status=", ""),
    ("status=FAILED&status=LOST", "failed bad"),
    ("source_sensor_class=Radar", ""),
    ("error_category=bogus", ""),
    ("job_type_name=ech", ""),
    ("job_type_name=ech%25", ""),
    ("job_type_name=e_ho", ""),
    ("job_id=0", ""),
    ("job_id=-1", ""),
    ("job_id=9223372036854775807", ""),
    ("job_id=9223372036854775808", ""),
    ("job_id=100000000000000000000000000000000000000000", ""),
    ("batch_id=-99999999999999999999&batch_id={second_batch}", "failed"),
]
"""What fits nothing selects nothing; texts are compared as they are (docs/spec/behaviour/job-list.md#filters)."""


async def make_jobs(make: Factory) -> dict[str, int]:
    """Put the jobs into the tables; gives what the labels of jobs, types, batches, recipes and errors stand for."""
    echo, newer, grep = [await make.job_type(*kind) for kind in (("echo",), ("echo", "2.0.0"), ("grep",))]
    ids = {"echo": echo.item.job_type.id}
    ids |= {"boom": await rows.error_row(make, "boom", "SYSTEM"), "garbage": await rows.error_row(make, "garbage", "DATA")}
    ids |= {"first_batch": await rows.batch_row(make), "second_batch": await rows.batch_row(make)}
    ids |= {"first_recipe": await rows.recipe_row(make, "One"), "second_recipe": await rows.recipe_row(make, "Two")}
    first, second = {"batch_id": ids["first_batch"]}, {"batch_id": ids["second_batch"], "recipe_id": ids["second_recipe"]}
    jobs: list[tuple[Any, dict[str, Any]]] = [
        (echo, {**rows.COMPLETED, **first, "recipe_id": ids["first_recipe"], **_source(1, "radar")}),
        (newer, {**rows.FAILED, **second, "error_id": ids["boom"], **_source(2, "optical")}),
        (grep, {**rows.FAILED, **first, "error_id": ids["garbage"]}),
        (grep, rows.RUNNING),
        (grep, rows.QUEUED),
        (echo, {**rows.CANCELED, "is_superseded": True, "superseded": rows.T0}),
        (grep, {}),
        (grep, {"status": "BLOCKED"}),
    ]
    for number, (label, (kind, columns)) in enumerate(zip(JOBS.split(), jobs, strict=True), start=1):
        # Ids descend while times ascend: nothing is in sequence by chance.
        ids[label] = await rows.job_row(make, kind, id=100 - number, last_modified=rows.hour(number), **columns)
    await rows.label_row(make, ids["failed"], "team", "blue")
    await rows.label_row(make, ids["bad"], "team", "red")
    return ids


def _source(month: int, sensor_class: str) -> dict[str, Any]:
    return {
        "source_started": datetime(2015, month, 1, tzinfo=UTC),
        "source_ended": datetime(2015, month, 28, tzinfo=UTC),
        "source_sensor_class": sensor_class,
        "source_sensor": f"s{month}",
        "source_collection": f"c{month}",
        "source_task": f"t{month}",
    }
