"""Which jobs each query of the three job lists selects, of those that `filter_cases` makes (docs/spec/services/README.md#v3)."""

from sqlalchemy import update

from jobsvc.db.tables import JobTypeRow
from tests.api import filter_cases
from tests.factories import Factory

ALL = filter_cases.JOBS
ALONE = [
    ("started=2020-01-01T07:00:00Z", "waiting blocked"),
    ("ended=2020-01-01T02:00:00Z", "done failed"),
    ("status=FAILED", "failed bad"),
    ("status=PENDING", "waiting"),
    ("job_id={queued}", "queued"),
    ("job_type_id={echo}", "done replaced"),
    ("job_type_name=grep", "bad running queued waiting blocked"),
    ("job_type_category=text", "done replaced"),
    ("error_category=SYSTEM", "failed"),
    ("batch_id={first_batch}", "done bad"),
    ("include_superseded=false", "done failed bad running queued waiting blocked"),
]
"""Each parameter alone; some jobs fit it and some do not."""

TOGETHER = [
    ("", ALL),
    ("include_superseded=true", ALL),
    ("started=2020-01-01T02:00:00Z&ended=2020-01-01T03:00:00Z", "failed bad"),
    ("started=PT1H", ""),
    ("ended=PT1H", ALL),
    ("status=PENDING&status=BLOCKED", "waiting blocked"),
    ("job_id={done}&job_id={bad}&job_id=999", "done bad"),
    ("job_type_id={echo}&job_type_id=999", "done replaced"),
    ("job_type_name=echo&job_type_name=none", "done failed replaced"),
    ("job_type_category=text&job_type_category=none", "done replaced"),
    ("error_category=SYSTEM&error_category=DATA", "failed bad"),
    ("status=FAILED&error_category=DATA", "bad"),
    ("job_type_category=text&include_superseded=false", "done"),
    ("include_superseded=true&include_superseded=0", "done failed bad running queued waiting blocked"),
    ("status=COMPLETED&job_type_category=none", ""),
]
"""Values of one parameter are OR-ed, parameters are AND-ed, of a flag the last one holds."""

LITERAL = [
    ("status=failed", ""),
    ("status=LOST", ""),
    ("status=FAILED,COMPLETED", ""),
    ("job_type_category=Text", ""),
    ("error_category=bogus", ""),
    ("job_id=100000000000000000000000000000000000000000", ""),
]
"""What fits nothing selects nothing; texts are compared as they are."""


async def make_jobs(make: Factory) -> dict[str, int]:
    """The jobs, where one job type has a category; gives what the labels stand for."""
    ids = await filter_cases.make_jobs(make)
    async with make.db.engine.begin() as connection:
        await connection.execute(update(JobTypeRow).where(JobTypeRow.id == ids["echo"]).values(category="text"))
    return ids
