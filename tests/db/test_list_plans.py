"""No list that is documented reads a whole table, sorts one, or needs an index that is not used elsewhere."""

import re
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from bench.dataset.loading import load
from bench.dataset.size import Size
from bench.list_cases import Cases
from sqlalchemy import text
from sqlalchemy.engine import make_url

from jobsvc.app import bare_app
from jobsvc.db.database import Database
from jobsvc.db.engines import asyncpg_url, driver_options
from jobsvc.db.migrate import migrate
from jobsvc.db.tables import Base
from jobsvc.domain.job_sorting import JobOrderField as Field
from jobsvc.settings import Settings
from jobsvc.wiring import api_services
from tests.db.statements import Statements
from tests.support import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")
UNTIL = datetime(2026, 11, 28, tzinfo=UTC)
JOBS = 120_000
PAGE = 100
SCAN = re.compile(r"Seq Scan on (job|execution|job_input_file|file|recipe_node)\b")
SORT = re.compile(r"(?<!Incremental )Sort  \(cost=\S+ rows=(\d+)")
SORTED = 25_000
"""So many rows are sorted at most: where few jobs match, all of them."""
INDEX = re.compile(r"\b((?:ix|uq|pk)_(?:job|execution|file|recipe_node)\w*)\b")
ELSEWHERE = {
    "ix_execution_cluster_id": "the logs of an execution",
    "pk_execution": "details",
    "uq_execution_job_id_exe_num": "the executions of a job",
    "uq_execution_running": "keeps a job from running twice",
    "uq_file_path": "keeps two files from one place",
    "ix_file_recipe_node": "files of a node, of which a page is only read when there are some",
    "ix_file_job_exe_id": "what an execution has made",
    "ix_recipe_node_job_id": "the recipes of a job",
    "ix_job_ingest_event_id": "the order by what caused a job where ingests cause many; here few are sorted sooner",
}
"""Indexes that lists have no use for, and what has."""
MORE = (
    "/job-executions/?order=created",
    "/v6/files/?order=data_ended",
    "/v6/files/?order=source_ended",
    "/v6/files/?order=file_name",
    "/v6/files/?order=file_size",
    "/v6/files/?order=workspace__name",
    "/job-executions/?order=status",
    "/job-executions/?order=job_type__name",
    "/job-executions/?order=node__id",
    "/jobs/?order=event__occurred",
    "/v6/jobs/?status=COMPLETED&order=-started",
)
"""Lists whose indexes no other case here needs."""
UNSERVED = {
    *(field for field in Field if field.value.startswith(("event__", "ingest_event__", "cause__", "recipe__"))),
    *(Field(f"{name}_required") for name in ("cpus", "mem", "disk_in", "disk_out", "disk_total")),
    Field.NUM_EXES,
    Field.MAX_TRIES,
    Field.INPUT_FILE_SIZE,
    Field.IS_SUPERSEDED,
    Field.DELETE_SUPERSEDED,
    Field.SUPERSEDED_BY_JOB,
} - {Field.RECIPE_ID, Field.EVENT_ID, Field.EVENT_OCCURRED, Field.CAUSE_OCCURRED}
"""Orders that no index serves: among many jobs they are refused when they take too long (docs/adr/0018-counts-and-pages.md)."""

HAD_BY_ALL = {Field.SOURCE_COLLECTION, Field.SOURCE_TASK}
"""Texts that no job here is without: PostgreSQL would read the table for jobs without, but the counts say that there are none."""


@dataclass
class History:
    """A database with many jobs, and a client of an API on it."""

    database: Database
    client: Client

    async def plans(self, path: str) -> dict[str, str]:
        """How PostgreSQL goes about what a request asks."""
        with Statements(self.database) as statements:
            answer = await self.client.get(path)
        assert answer.status_code == 200, (path, answer.text)
        return await statements.plans()

    async def indexes(self, path: str) -> set[str]:
        """Those that PostgreSQL would use for what a request asks."""
        return {index for plan in (await self.plans(path)).values() for index in INDEX.findall(plan)}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def history(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[History]:
    name = f"jobsvc_plans_{uuid.uuid4().hex[:12]}"
    server = Database.connect(server_url)
    async with server.engine.connect() as connection:
        outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await outside.execute(text(f"CREATE DATABASE {name}"))
        url = make_url(asyncpg_url(server_url)).set(database=name).render_as_string(hide_password=False)
        database = Database.connect(url, list_seconds=60)
        await migrate(database.engine)
        await load(driver_options(database.engine), Size(JOBS, UNTIL), processes=2, say=lambda _: None)
        app = bare_app({})
        directory: Path = tmp_path_factory.mktemp("plans")
        app.state.services = replace(api_services(Settings(data_dir=directory, database_url=url), database))
        async with Client(app) as client:
            yield History(database, client)
        await database.close()
        await outside.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    await server.close()


def faults(plans: dict[str, str]) -> list[str]:
    """The statements that read or sort more than there can be on a page."""
    return [
        f"{statement}\n{plan}"
        for statement, plan in plans.items()
        if SCAN.search(plan) or any(int(rows) > SORTED for rows in SORT.findall(plan))
    ]


def cases(*groups: str) -> list[tuple[str, str]]:
    return [(f"{case.group}: {case.name}", case.path) for case in Cases(JOBS, UNTIL).all() if case.group in groups]


async def test_documented_filters_and_pairs_are_read_along_an_index(history: History) -> None:
    wrong = {}
    for name, path in cases("filters", "pairs", "files", "recipes"):
        if problems := faults(await history.plans(path)):
            wrong[name] = problems
    assert wrong == {}


async def test_a_range_of_source_times_is_read_from_its_begin_to_its_end(history: History) -> None:
    ranges = [path for name, path in cases("filters", "pairs") if "source_started" in path and "source_ended" in path]
    for path in ranges:
        lines = "\n".join((await history.plans(path)).values()).splitlines()
        scans = [line for line in lines if "source_started >=" in line]
        assert scans
        assert [line for line in scans if "source_started <" not in line and "source_ended_day" not in line] == [], path


async def test_orders_are_read_along_an_index_but_for_those_that_are_known(history: History) -> None:
    unserved = set()
    for field in Field:
        for order in (field.value, f"-{field.value}"):
            if faults(await history.plans(f"/v6/jobs/?order={order}&page_size={PAGE}")):
                unserved.add(field)
    assert unserved == UNSERVED | HAD_BY_ALL


async def test_what_has_not_started_is_not_passed_one_by_one(history: History) -> None:
    for order in ("started", "-started"):
        plans = await history.plans(f"/v6/jobs/?status=COMPLETED&order={order}")
        assert faults(plans) == []
        assert any("ix_job_not_started" in plan for plan in plans.values())


async def test_name_and_version_of_types_are_read_along_an_index(history: History) -> None:
    for order in ("order=job_type__name&order=job_type__version", "order=-job_type__name&order=job_type__version"):
        assert faults(await history.plans(f"/v6/jobs/?{order}")) == [], order


@pytest.mark.parametrize("field", ["id", "file_name", "file_size", "workspace__id", "workspace__name"])
async def test_files_are_sorted_along_an_index(history: History, field: str) -> None:
    for order in (field, f"-{field}"):
        assert faults(await history.plans(f"/v6/files/?order={order}")) == [], order


@pytest.mark.parametrize(
    "field",
    [
        *("id", "created", "queued", "started", "ended", "last_modified", "status"),
        *("job_type__id", "job_type__name", "job__job_type__title", "node__id", "node__hostname"),
    ],
)
async def test_executions_are_sorted_along_an_index(history: History, field: str) -> None:
    for order in (field, f"-{field}"):
        assert faults(await history.plans(f"/job-executions/?order={order}&page_size={PAGE}")) == [], order


async def test_each_index_is_of_use(history: History) -> None:
    used: set[str] = set()
    for _, path in cases("filters", "pairs", "v3", "executions", "orders", "status", "files", "recipes"):
        if not any(f"order={sign}{field.value}" in path for field in UNSERVED for sign in ("", "-")):
            used |= await history.indexes(path)
    for path in MORE:
        used |= await history.indexes(path)
    there = {
        str(index.name) for table in ("job", "execution", "file", "recipe_node") for index in Base.metadata.tables[table].indexes
    }
    assert there - used - set(ELSEWHERE) == set()
