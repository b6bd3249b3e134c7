"""The store `elasticsearch` on a real server, and documents as collectors of the documented system wrote them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from elasticsearch import AsyncElasticsearch

from jobsvc.logstores.elasticsearch import ElasticsearchLogStore, Options
from jobsvc.ports.log_store import LoggedExecution, LogOrigin

from .log_store_bench import END, NOBODY, START, Log, Settled, StoreTests

Document = dict[str, Any]
Collector = Callable[..., Awaitable[None]]
MS = timedelta(milliseconds=1)
START_MS = START.replace(microsecond=678000)
PREFIX = f"test{uuid4().hex[:12]}"
"""What the indices are called of the tests of this process."""


# The client says so of lines of a mebibyte.
@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
class ElasticsearchTests(StoreTests):
    """What tests of this store are given."""

    @pytest.fixture
    def prefix(self) -> str:
        """What the indices are called."""
        return PREFIX

    @pytest_asyncio.fixture
    async def raw(self, elasticsearch_url: str) -> AsyncIterator[AsyncElasticsearch]:
        """The server itself."""
        async with AsyncElasticsearch(elasticsearch_url) as client:
            yield client

    @pytest_asyncio.fixture
    async def store(self, elasticsearch_url: str, prefix: str) -> AsyncIterator[ElasticsearchLogStore]:
        """A store for which the executions of the tests have just ended."""
        store = ElasticsearchLogStore(Options((elasticsearch_url,)), prefix, clock=lambda: END)
        yield store
        await store.close()

    @pytest_asyncio.fixture
    async def away(self) -> AsyncIterator[ElasticsearchLogStore]:
        """A store on no server."""
        store = ElasticsearchLogStore(Options((f"http://jobsvc:secret@{NOBODY}",)), "none", clock=lambda: END)
        yield store
        await store.close()

    @pytest.fixture
    def log(self) -> Log:
        """An execution of the job type `echo`."""
        return _made_up(1, "echo")

    @pytest.fixture
    def other(self) -> Log:
        """An execution of the job type `sort`."""
        return _made_up(2, "sort")

    @pytest.fixture
    def settled(self, raw: AsyncElasticsearch, prefix: str) -> Settled:
        """Whatever is written can be found."""

        async def settle() -> None:
            await raw.indices.refresh(index=f"{prefix}-*")

        return settle

    @pytest_asyncio.fixture
    async def collector(self, raw: AsyncElasticsearch) -> AsyncIterator[Collector]:
        """Writes documents into an index that has whatever mapping they make."""
        index = f"logstash-2026.01.02-{uuid4().hex[:12]}"

        async def collect(*documents: Document) -> None:
            operations: list[Document] = []
            for document in documents:
                operations += [{"index": {}}, document]
            assert not (await raw.bulk(index=index, operations=operations, refresh=True))["errors"]

        yield collect
        await raw.indices.delete(index=index)


def fluentd(log: Log, number: int, **fields: Any) -> Document:
    """A line as the documented system's Fluentd wrote it: a millisecond apart, numbered by its nanoseconds."""
    return {
        "@timestamp": f"{START_MS + number * MS:%Y-%m-%dT%H:%M:%S.%f000+00:00}",
        "message": f"line {number}",
        "stream": "stdout",
        "scale_job_exe": log.origin.cluster_id,
        "scale_job_type": log.origin.job_type,
        "scale_job_version": log.origin.job_type_version,
        "scale_job_id": str(log.origin.job_id),
        "scale_job_exe_num": str(log.origin.exe_num),
        "host": log.origin.node,
        "scale_order_num": number * 1000,
        "container_name": "/mesos-1",
        **fields,
    }


def logstash(log: Log, number: int) -> Document:
    """A line as the documented system's Logstash wrote it: numbered by a counter."""
    return {
        "@timestamp": f"{START_MS:%Y-%m-%dT%H:%M:%S}.{START_MS.microsecond // 1000}Z",
        "@version": "1",
        "message": f"line {number}",
        "scale_order_num": number,
        "scale_task": f"{log.origin.cluster_id}_main",
        "scale_job_exe": log.origin.cluster_id,
        "scale_node": log.origin.node,
        "stream": "stdout",
    }


def _made_up(number: int, name: str) -> Log:
    cluster_id = f"scale_job_{uuid4().hex}_{number}x1"
    origin = LogOrigin(cluster_id, number, f"{name}.example.com", number, 1, name, "1.0.0")
    return Log(LoggedExecution(number, cluster_id, START, END), origin)
