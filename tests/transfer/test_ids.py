"""Ids stay what they are: errors that are known by name are the exception, and new rows get higher ones."""

from sqlalchemy import text

from jobsvc.db.database import Database
from jobsvc.db.transfer.tables import FORMATS
from jobsvc.domain.transfer_lines import LineReader
from jobsvc.services.submission import NewJob
from jobsvc.settings import Settings
from jobsvc.wiring import api_services
from tests.transfer.lines import BASIS, Line, execution, job, load, refused, save, text_of

FAILED = {"status": "FAILED", "num_exes": 1}


def error(number: int, name: str, job_type: str | None = None) -> Line:
    """A line of an error, builtin unless it is of a job type."""
    line = {"table": "error", "id": number, "name": name, "category": "SYSTEM", "is_builtin": job_type is None}
    return line if job_type is None else {**line, "job_type_name": job_type}


async def names(db: Database) -> dict[int, str | None]:
    """The names of the errors that jobs failed with, by job."""
    query = text("SELECT j.id, e.name FROM job j LEFT JOIN error e ON e.id = j.error_id ORDER BY j.id")
    async with db.engine.connect() as connection:
        return {row.id: row.name for row in await connection.execute(query)}


async def new_job(db: Database) -> int:
    """The id of a job that is submitted now."""
    services = api_services(Settings(), db)
    submitted, _ = await services.jobs.submit(NewJob(1))
    return submitted.item.job.id


async def test_errors_are_known_by_name(db: Database) -> None:
    # 1 and 2 are `unknown` and `database` here; 3 is taken by another error than the file's.
    lines = (
        *BASIS,
        *(job(number, error_id=number, **FAILED) for number in (1, 2, 3, 4, 900)),
        execution(1, error_id=2, status="FAILED"),
        error(2, "unknown"),
        error(1, "database"),
        error(3, "bad-pixel", "echo"),
        error(900, "bad-angle", "echo"),
        error(4, "of-the-old-system"),
    )
    for _ in range(2):
        await load(db, *lines)
        assert await names(db) == {1: "database", 2: "unknown", 3: "bad-pixel", 4: "of-the-old-system", 900: "bad-angle"}
        assert [line["error_id"] for line in await save(db, "execution")] == [1]
    renumbered = (await load(db, *lines))["error"].renumbered
    assert [tuple(item) for item in renumbered] == [
        (1, 2, "database", None),
        (2, 1, "unknown", None),
        (3, 901, "bad-pixel", "echo"),
        (4, 902, "of-the-old-system", None),
    ]
    ids = {line["name"]: line["id"] for line in await save(db, "error")}
    assert (ids["unknown"], ids["database"], ids["bad-angle"], ids["bad-pixel"]) == (1, 2, 900, 901)


async def test_builtin_errors_stay_as_they_are(db: Database) -> None:
    before = await save(db, "error")
    await load(db, *({**error(line["id"] + 50, line["name"]), "title": "Another"} for line in before))
    assert await save(db, "error") == before


async def test_new_rows_get_higher_ids(db: Database) -> None:
    await load(db, *BASIS, job(5000))
    assert await new_job(db) == 5001


async def test_a_failed_import_takes_no_ids(db: Database) -> None:
    await load(db, *BASIS, job(7))
    await refused(db, job(100, node_id=100), {"table": "node", "id": 50, "hostname": "node-1"})
    assert await new_job(db) == 8


async def test_a_service_that_runs_meanwhile_gets_other_ids(db: Database) -> None:
    await load(db, *BASIS)
    async with db.transaction() as tx:
        await tx.imports.open()
        await tx.imports.add(LineReader(FORMATS).read([text_of([job(1)])]))
        await tx.imports.settle()
        assert await new_job(db) == 2
        await tx.imports.finish(keep_running=False)
    assert [line["id"] for line in await save(db, "job")] == [1, 2]
