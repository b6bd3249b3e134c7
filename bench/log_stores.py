"""A service and its log store, as a worker sees it."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import httpx
from sqlalchemy import text

from bench.service import Running
from jobsvc.db.database import Database
from jobsvc.logstores.elasticsearch import ElasticsearchLogStore, Options
from jobsvc.logstores.postgres import PostgresLogStore
from jobsvc.ports.log_store import LogStore

_SCANS = text("SELECT seq_scan + coalesce(idx_scan, 0) FROM pg_stat_user_tables WHERE relname = 'log_line'")


@dataclass(frozen=True)
class Bench:
    """What is measured; the store tells how many queries it has answered and how many CPU seconds it has used so far."""

    service: Running
    database: Database
    store: LogStore
    queries: Callable[[], Awaitable[int]]
    store_cpu: Callable[[], Awaitable[float]]


@contextlib.asynccontextmanager
async def opened(service: Running, elasticsearch_url: str | None) -> AsyncIterator[Bench]:
    """The store of a service: PostgreSQL, or Elasticsearch where there is a URL."""
    database = Database.connect(service.database_url)
    async with httpx.AsyncClient(base_url=elasticsearch_url or "") as client:
        if elasticsearch_url is None:
            bench = Bench(service, database, PostgresLogStore(database), lambda: _scans(database), lambda: _postgres_cpu(service))
        else:
            store = ElasticsearchLogStore(Options((elasticsearch_url,)), "scalelogs")
            bench = Bench(service, database, store, lambda: _searches(client), lambda: _elasticsearch_cpu(client))
        try:
            yield bench
        finally:
            await bench.store.close()
            await database.close()


async def _scans(database: Database) -> int:
    async with database.engine.connect() as connection:
        return int((await connection.execute(_SCANS)).scalar_one())


async def _searches(client: httpx.AsyncClient) -> int:
    answer = await client.get("/_stats/search", params={"filter_path": "_all.total.search.query_total"})
    return int(answer.json()["_all"]["total"]["search"]["query_total"])


async def _postgres_cpu(service: Running) -> float:
    return service.cpu()[1]


async def _elasticsearch_cpu(client: httpx.AsyncClient) -> float:
    answer = await client.get("/_nodes/stats/process")
    (node,) = answer.json()["nodes"].values()
    return float(node["process"]["cpu"]["total_in_millis"]) / 1000
