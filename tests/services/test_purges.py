"""Purges: what may go goes with all that is theirs, what is held or needed stays, and nothing else changes."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from jobsvc.db.database import Database
from jobsvc.db.tables import Base
from jobsvc.domain.bulk import BulkOperation
from jobsvc.domain.errors import LogsUnavailable, NotFound
from jobsvc.domain.filters import RecipeFilter
from jobsvc.domain.paging import PageRequest
from jobsvc.domain.records import JobTypeDetails
from jobsvc.domain.retention import RetentionDefaults, RetentionPolicy
from jobsvc.domain.status import BulkState
from jobsvc.logstores.postgres import PostgresLogStore
from jobsvc.services.bulk import BulkService
from jobsvc.services.bulk_work import BulkWork
from jobsvc.services.pacing import FIRST
from jobsvc.services.purge_work import PurgeWork
from jobsvc.services.retention import RetentionService
from tests.db.queue import Queue
from tests.db.rows import NOON, add
from tests.db.test_counts import FILTERS, fold, recount, shown, truths
from tests.factories import Factory

DAY = timedelta(days=1)
TABLES = Base.metadata.tables


class Keeper:
    """Says what is kept, and purges."""

    def __init__(self, db: Database, defaults: RetentionDefaults, store: PostgresLogStore | None = None) -> None:
        self.db = db
        self.service = RetentionService(db, lambda: NOON, defaults)
        self.bulk = BulkService(db, lambda: NOON)
        purges = PurgeWork(store or PostgresLogStore(db), lambda: NOON, defaults, pause_seconds=0)
        self.work = BulkWork(db, lambda: NOON, purges)

    async def purge(self, *types: tuple[str, str]) -> BulkOperation:
        """A purge that has been worked off."""
        operation_id = await self.service.purge(types, "jane")
        await self.work.run(operation_id)
        return await self.bulk.get(operation_id)


@pytest.fixture
async def keeper(db: Database) -> Keeper:
    return Keeper(db, RetentionDefaults(job_days=30))


@pytest.fixture
async def echo(make: Factory) -> JobTypeDetails:
    return await make.job_type("echo")


async def ended(
    queue: Queue, job_type: JobTypeDetails, count: int = 1, *, days: float = 31, status: str = "COMPLETED"
) -> list[int]:
    """Jobs that ended so many days ago, each with an execution and two lines."""
    ids = await queue.pending(job_type, count)
    parameters: dict[str, Any] = {"ids": ids, "status": status, "at": NOON - timedelta(days=days)}
    await queue.execute(
        "UPDATE job SET status = :status, last_status_change = :at, num_exes = 1 WHERE id = ANY(:ids) RETURNING id", **parameters
    )
    await queue.execute(
        "INSERT INTO execution (job_id, job_type_id, exe_num, cluster_id, queued, started, ended, status, log_lines)"
        " SELECT id, job_type_id, 1, 'c' || id, :at, :at, :at, :status, 2 FROM job WHERE id = ANY(:ids) RETURNING id",
        **parameters,
    )
    await queue.execute(
        "INSERT INTO log_line SELECT e.id, n, :at, 'stdout', 1, 'line' FROM execution e, generate_series(1, 2) n"
        " WHERE e.job_id = ANY(:ids) RETURNING 1",
        ids=ids,
        at=parameters["at"],
    )
    return ids


async def jobs(queue: Queue) -> list[int]:
    return await queue.execute("SELECT id FROM job ORDER BY id")


async def lines(queue: Queue) -> int:
    return int((await queue.execute("SELECT count(*) FROM log_line"))[0])


async def test_a_job_goes_with_all_that_is_its_own(keeper: Keeper, queue: Queue, echo: JobTypeDetails) -> None:
    old, young = await ended(queue, echo, 3), await ended(queue, echo, 2, days=29)
    operation = await keeper.purge()
    assert (operation.state, operation.matched, operation.done, operation.requested_by) == (BulkState.COMPLETED, 3, 3, "jane")
    assert await jobs(queue) == young
    assert await queue.execute("SELECT DISTINCT job_id FROM execution ORDER BY 1") == young
    assert await lines(queue) == 4
    [event] = await queue.execute("SELECT data FROM change_event WHERE type = 'job.purged'")
    assert event == {"count": 3, "job_ids": old}
    [later] = await queue.pending(echo, 1)
    assert later > max(young)


async def test_the_numbers_of_lists_stay_exact(keeper: Keeper, queue: Queue, echo: JobTypeDetails, make: Factory) -> None:
    await ended(queue, echo, 5)
    await ended(queue, await make.job_type("other"), 3, status="FAILED")
    await ended(queue, echo, 2, days=1)
    await fold(keeper.db)
    await keeper.purge()
    assert await shown(keeper.db, FILTERS) == await truths(keeper.db, FILTERS)
    await fold(keeper.db)
    assert await recount(keeper.db) == 0
    assert await shown(keeper.db, FILTERS) == await truths(keeper.db, FILTERS)


async def test_what_is_not_over_stays_however_old_it_is(keeper: Keeper, queue: Queue, echo: JobTypeDetails) -> None:
    stopping, unowned, done = await ended(queue, echo, 3, status="CANCELED")
    await queue.pending(echo, 1)
    await queue.queued(echo, now=NOON - 400 * DAY)
    await queue.execute(
        "INSERT INTO lease (execution_id, job_id, job_type_id, worker_id, token, expires)"
        " SELECT id, job_id, job_type_id, 'w', 1, now() FROM execution WHERE job_id = :id RETURNING 1",
        id=stopping,
    )
    await queue.execute("UPDATE execution SET status = 'RUNNING', ended = NULL WHERE job_id = :id RETURNING 1", id=unowned)
    assert (await keeper.purge()).done == 1
    assert done not in await jobs(queue)
    assert len(await jobs(queue)) == 4


async def test_what_is_held_stays_and_goes_once_it_is_released(keeper: Keeper, queue: Queue, echo: JobTypeDetails) -> None:
    held, other = await ended(queue, echo, 2)
    await keeper.service.hold(held, "evidence", "jane")
    assert (await keeper.purge()).done == 1
    assert await jobs(queue) == [held]
    hold = await keeper.service.hold_of(held)
    assert (hold.reason, hold.held_by, hold.created) == ("evidence", "jane", NOON)
    with pytest.raises(NotFound):
        await keeper.service.hold(other, None, "jane")
    await keeper.service.release(held)
    with pytest.raises(NotFound):
        await keeper.service.hold_of(held)
    await keeper.purge()
    assert await jobs(queue) == []


async def test_days_are_those_of_the_type_and_a_held_type_keeps_all(
    keeper: Keeper, queue: Queue, echo: JobTypeDetails, make: Factory
) -> None:
    held, patient = await make.job_type("held"), await make.job_type("patient")
    await keeper.service.set_for_type("held", "1.0.0", RetentionPolicy(job_days=1, is_held=True))
    await keeper.service.set_for_type("patient", "1.0.0", RetentionPolicy(job_days=5, failed_job_days=0))
    await keeper.service.set_for_type("echo", "1.0.0", RetentionPolicy(job_days=0, failed_job_days=7))
    kept = [*await ended(queue, held, 2, days=999), *await ended(queue, patient, days=999, status="FAILED")]
    kept += [*await ended(queue, echo, days=999), *await ended(queue, patient, days=4)]
    await ended(queue, patient, days=6)
    await ended(queue, echo, days=8, status="FAILED")
    preview = await keeper.service.preview()
    assert (preview.jobs, preview.executions, preview.log_lines, preview.files, preview.is_cut) == (2, 2, 4, 0, False)
    assert {kind.name for kind in preview.job_types.values()} == {"echo", "patient"}
    assert (await keeper.purge()).done == 2
    assert await jobs(queue) == sorted(kept)


async def test_a_purge_of_some_types_leaves_the_others(keeper: Keeper, queue: Queue, echo: JobTypeDetails, make: Factory) -> None:
    kept = await ended(queue, await make.job_type("other"))
    await ended(queue, echo)
    assert (await keeper.service.preview([("echo", "1.0.0")])).jobs == 1
    assert (await keeper.purge(("echo", "1.0.0"))).done == 1
    assert await jobs(queue) == kept


async def test_those_that_replaced_them_point_to_nothing_and_are_not_changed(
    keeper: Keeper, queue: Queue, echo: JobTypeDetails
) -> None:
    first, second = await ended(queue, echo, 2)
    [third] = await ended(queue, echo, days=1)
    await queue.execute(
        "UPDATE job SET is_superseded = true, superseded = :at WHERE id = ANY(:ids) RETURNING 1", ids=[first, second], at=NOON
    )
    for newer, older in ((second, first), (third, second)):
        await queue.execute(
            "UPDATE job SET superseded_job_id = :older, root_superseded_job_id = :root WHERE id = :newer RETURNING 1",
            older=older,
            newer=newer,
            root=first,
        )
    before = await queue.execute("SELECT last_modified FROM job WHERE id = :id", id=third)
    assert (await keeper.purge()).done == 2
    [row] = await queue.execute("SELECT superseded_job_id, root_superseded_job_id, last_modified FROM job")
    assert row == (None, None, *before)


async def test_jobs_of_a_recipe_stay_until_all_of_it_is_over(
    keeper: Keeper, queue: Queue, echo: JobTypeDetails, make: Factory, db: Database
) -> None:
    parts = await ended(queue, echo, 2)
    [blocked] = await queue.pending(echo, 1)
    async with db.engine.begin() as connection:
        above = (await add(connection, TABLES["recipe"]))["id"]
        below = (await add(connection, TABLES["recipe"], recipe_id=above))["id"]
        nodes = ((above, parts[0], None), (above, None, below), (below, parts[1], None), (above, blocked, None))
        for number, (recipe, job, sub_recipe) in enumerate(nodes):
            columns = {"recipe_id": recipe, "job_id": job, "sub_recipe_id": sub_recipe, "node_name": f"n{number}"}
            await add(connection, TABLES["recipe_node"], **columns)
    assert (await keeper.purge()).done == 0
    await queue.execute(
        "UPDATE job SET status = 'CANCELED', last_status_change = :at WHERE id = :id RETURNING 1", id=blocked, at=NOON
    )
    assert (await keeper.purge()).done == 2
    details = await make.services.recipes.get(above)
    assert [node.name for node in details.nodes] == ["n1", "n3"]
    assert (await make.services.recipes.list(RecipeFilter(), [], PageRequest())).count == 2


async def test_products_stay_without_their_job_unless_they_are_said_to_go(
    keeper: Keeper, queue: Queue, echo: JobTypeDetails, make: Factory
) -> None:
    other = await make.job_type("other")
    [stays], [goes] = await ended(queue, echo), await ended(queue, other)
    await keeper.service.set_for_type("other", "1.0.0", RetentionPolicy(product_days=10))
    kept, gone = await make.file("kept.txt"), await make.file("gone.txt")
    for file, job in ((kept, stays), (gone, goes)):
        await queue.execute(
            "UPDATE file SET file_type = 'PRODUCT', job_id = :job, job_exe_id = (SELECT id FROM execution WHERE job_id = :job)"
            " WHERE id = :id RETURNING 1",
            id=file.file.id,
            job=job,
        )
    paths = [Path(file.workspace.host_path) / file.file.file_path for file in (kept, gone)]
    assert all(path.exists() for path in paths)
    assert (await keeper.service.preview()).files == 1
    assert (await keeper.purge()).done == 2
    assert [path.exists() for path in paths] == [True, False]
    assert await queue.execute("SELECT file_name, job_id, job_exe_id FROM file") == [("kept.txt", None, None)]


async def test_jobs_wait_for_their_products_and_for_those_who_read_them(
    keeper: Keeper, queue: Queue, echo: JobTypeDetails, make: Factory
) -> None:
    await keeper.service.set_for_type("echo", "1.0.0", RetentionPolicy(product_days=60))
    young, read, plain = await ended(queue, echo, 3, days=40)
    await queue.execute("UPDATE job SET last_status_change = :at WHERE id = :id RETURNING 1", id=read, at=NOON - 70 * DAY)
    [reader] = await ended(queue, echo, days=2)
    first, second = await make.file("first.txt"), await make.file("second.txt")
    for file, job in ((first, young), (second, read)):
        await queue.execute("UPDATE file SET job_id = :job WHERE id = :id RETURNING 1", id=file.file.id, job=job)
    await queue.execute("INSERT INTO job_input_file VALUES (:job, 'in', 0, :id) RETURNING 1", job=reader, id=second.file.id)
    assert (await keeper.purge()).done == 1
    assert await jobs(queue) == [young, read, reader]
    assert plain not in await jobs(queue)


async def test_a_workspace_that_is_not_there_keeps_the_job_and_the_others_go(
    keeper: Keeper, queue: Queue, echo: JobTypeDetails, make: Factory
) -> None:
    await keeper.service.set_for_type("echo", "1.0.0", RetentionPolicy(product_days=1))
    ids = await ended(queue, echo, 5)
    file = await make.file("x.txt")
    await queue.execute("UPDATE file SET job_id = :job WHERE id = :id RETURNING 1", id=file.file.id, job=ids[2])
    await queue.execute(
        'UPDATE workspace SET configuration = \'{"broker": {"type": "host", "host_path": "/absent"}}\' RETURNING 1'
    )
    operation = await keeper.purge()
    assert (operation.state, operation.done, operation.error) == (BulkState.COMPLETED, 4, 1)
    assert await jobs(queue) == [ids[2]]
    assert await queue.execute("SELECT id FROM file") == [file.file.id]


async def test_keys_of_requests_go_with_the_jobs_that_they_stand_for(keeper: Keeper, queue: Queue, echo: JobTypeDetails) -> None:
    [one, *many] = await ended(queue, echo, 3)
    [young] = await ended(queue, echo, days=1)
    for key, job, several in (("a", one, None), ("b", None, many), ("c", young, None), ("d", None, [young])):
        await queue.execute(
            "INSERT INTO idempotency_key (key, body_digest, job_id, job_ids) VALUES (:key, '', :job, :several) RETURNING 1",
            key=key,
            job=job,
            several=several,
        )
    await keeper.purge()
    assert await queue.execute("SELECT key FROM idempotency_key ORDER BY key") == ["c", "d"]


async def test_a_purge_goes_on_in_chunks_and_can_be_stopped(keeper: Keeper, queue: Queue, echo: JobTypeDetails) -> None:
    await ended(queue, echo, FIRST + 50)
    operation_id = await keeper.service.purge()
    assert await keeper.work.step(operation_id, 1000)
    assert len(await jobs(queue)) == 50
    watched = await keeper.bulk.get(operation_id)
    assert (watched.state, watched.matched, watched.processed) == (BulkState.RUNNING, FIRST + 50, FIRST)
    await keeper.bulk.stop(operation_id)
    await keeper.work.run(operation_id)
    assert len(await jobs(queue)) == 50
    assert (await keeper.purge()).done == 50


async def test_what_stays_is_passed_in_windows(
    keeper: Keeper, queue: Queue, echo: JobTypeDetails, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobsvc.db.purging.WINDOW", 2)
    stay = await ended(queue, echo, 5, days=1)
    first = await ended(queue, echo, 2)
    held, last = await ended(queue, echo, 2)
    stay += [held, *await ended(queue, echo, 3, days=1)]
    await keeper.service.hold(held, None, "jane")
    operation = await keeper.purge()
    assert (operation.matched, operation.processed, operation.done, operation.conflict) == (3, 3, 3, 0)
    assert await jobs(queue) == sorted(stay)
    assert not {*first, last} & set(stay)


async def test_the_space_of_what_is_gone_is_used_again(keeper: Keeper, queue: Queue, echo: JobTypeDetails) -> None:
    async def pages() -> list[int]:
        return [await size(queue, name) for name in ("job", "execution")]

    await vacuum(queue)
    await ended(queue, echo, 500)
    before = await pages()
    await keeper.purge()
    await vacuum(queue)
    await ended(queue, echo, 500)
    assert all(now <= then for now, then in zip(await pages(), before, strict=True))


async def size(queue: Queue, table: str) -> int:
    """Bytes of the rows of a table on disk."""
    return int((await queue.execute("SELECT pg_relation_size(CAST(:name AS regclass))", name=table))[0])


async def vacuum(queue: Queue) -> None:
    """What autovacuum does by itself, later."""
    async with queue.db.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("VACUUM job, execution"))


class AwayStore(PostgresLogStore):
    """Its lines cannot be deleted."""

    async def delete(self, executions: Any) -> None:
        raise LogsUnavailable(f"Away: {len(executions)}.")


async def test_a_log_store_that_is_away_holds_a_purge_up(db: Database, queue: Queue, echo: JobTypeDetails) -> None:
    ids = await ended(queue, echo, 2)
    away = Keeper(db, RetentionDefaults(job_days=30), AwayStore(db))
    operation_id = await away.service.purge()
    with pytest.raises(LogsUnavailable):
        await away.work.run_open(purges=True)
    assert await jobs(queue) == ids
    await Keeper(db, RetentionDefaults(job_days=30)).work.run_open(purges=True)
    assert (await away.bulk.get(operation_id)).done == 2


async def test_a_hold_that_comes_during_a_chunk_is_answered_by_what_is_true(
    keeper: Keeper, queue: Queue, echo: JobTypeDetails
) -> None:
    first, second = await ended(queue, echo, 2)
    async with queue.db.transaction() as tx:
        await tx.purging.lock()
        hold = asyncio.create_task(keeper.service.hold(first, None, "jane"))
        purge = asyncio.create_task(keeper.purge())
        await queue.until_someone_waits(2)
    await asyncio.gather(hold, purge, return_exceptions=True)
    is_held = hold.exception() is None
    assert await jobs(queue) == ([first] if is_held else [])
    assert second not in await jobs(queue)


async def test_the_service_purges_once_a_day_when_there_is_something(keeper: Keeper, queue: Queue, echo: JobTypeDetails) -> None:
    async def operations() -> int:
        return len(await queue.execute("SELECT id FROM bulk_operation"))

    await keeper.service.purge_daily()
    assert await operations() == 0
    await ended(queue, echo)
    await asyncio.gather(keeper.service.purge_daily(), keeper.service.purge_daily())
    assert await operations() == 1
    await keeper.work.run_open()
    assert len(await jobs(queue)) == 1
    await keeper.work.run_open(purges=True)
    assert await jobs(queue) == []
    await ended(queue, echo)
    await keeper.service.purge_daily()
    assert await operations() == 1
    later = RetentionService(keeper.db, lambda: NOON + DAY, RetentionDefaults(job_days=30))
    await later.purge_daily()
    assert await operations() == 2
