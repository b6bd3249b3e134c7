"""The log stores, each against the behaviour suite and in what is special about it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import text

from jobsvc.db.database import Database
from jobsvc.domain.errors import InvalidRequest, LogsUnavailable
from jobsvc.logstores.postgres import PostgresLogStore
from jobsvc.ports.log_store import LoggedExecution, LogOrigin
from tests.api import rows
from tests.factories import Factory

from .log_store_bench import END, NOBODY, START, Bench, Log, Settled
from .log_store_contract import LogStoreContract
from .log_store_elasticsearch import ElasticsearchTests


class TestPostgres(LogStoreContract):
    """The store `postgres`."""

    @pytest.fixture
    def store(self, db: Database) -> PostgresLogStore:
        """A store on the test's database."""
        return PostgresLogStore(db)

    @pytest_asyncio.fixture
    async def away(self) -> AsyncIterator[PostgresLogStore]:
        """A store on no database."""
        database = Database.connect(f"postgresql://jobsvc:secret@{NOBODY}/none")
        yield PostgresLogStore(database)
        await database.close()

    @pytest_asyncio.fixture
    async def log(self, make: Factory) -> Log:
        """An execution of the job type `echo`."""
        return await _known(make, "echo")

    @pytest_asyncio.fixture
    async def other(self, make: Factory) -> Log:
        """An execution of the job type `sort`."""
        return await _known(make, "sort")

    @pytest.fixture
    def settled(self) -> Settled:
        """Whatever is written can be found at once."""

        async def settle() -> None:
            pass

        return settle

    async def test_a_search_that_takes_too_long_is_refused(self, db: Database, log: Log) -> None:
        bench = Bench(PostgresLogStore(db, search_time=timedelta(milliseconds=20)))
        await bench.write(log, *(log.line(number, "ab " * 10_000) for number in range(1, 201)))
        with pytest.raises(InvalidRequest, match="shorter time range"):
            await bench.search('"b c"')

    @pytest.mark.usefixtures("full")
    async def test_a_database_that_takes_nothing_is_a_store_that_is_away(self, bench: Bench, log: Log) -> None:
        with pytest.raises(LogsUnavailable, match="No space left"):
            await bench.write(log, log.line(1))

    @pytest_asyncio.fixture
    async def full(self, db: Database) -> AsyncIterator[None]:
        """A disk that is full, as far as PostgreSQL can tell."""
        body = "BEGIN RAISE EXCEPTION 'No space left' USING ERRCODE = 'disk_full', DETAIL = 'On the disk.'; END"
        await _execute(db, f"CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
        await _execute(db, "CREATE TRIGGER full_disk BEFORE INSERT ON log_line FOR EACH ROW EXECUTE FUNCTION full_disk()")
        yield
        await _execute(db, "DROP FUNCTION full_disk CASCADE")


async def _execute(db: Database, statement: str) -> None:
    async with db.engine.begin() as connection:
        await connection.execute(text(statement))


async def _known(make: Factory, name: str) -> Log:
    kind = await make.job_type(name)
    job_id = await rows.job_row(make, kind, **rows.COMPLETED)
    node_id = await rows.node_row(make, f"{name}.example.com")
    cluster_id = f"scale_job_{name}_{job_id}x1"
    columns = {"node_id": node_id, "cluster_id": cluster_id, "started": START, "ended": END}
    execution_id = await rows.execution_row(make, job_id, kind, **columns)
    origin = LogOrigin(cluster_id, execution_id, f"{name}.example.com", job_id, 1, name, "1.0.0")
    return Log(LoggedExecution(execution_id, cluster_id, START, END), origin)


class TestElasticsearch(ElasticsearchTests, LogStoreContract):
    """The store `elasticsearch`; see also `test_log_indices.py` and `test_log_collectors.py`."""
