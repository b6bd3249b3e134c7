"""What jobsvc's own indices are like, for others who read them, and what happens when they take no lines."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from elasticsearch import AsyncElasticsearch

from jobsvc.domain.errors import LogsUnavailable
from jobsvc.domain.status import Stream
from jobsvc.logstores.elasticsearch import ElasticsearchLogStore, Options

from .log_store_bench import END, START, Bench, Log, Settled
from .log_store_elasticsearch import ElasticsearchTests


class TestIndices(ElasticsearchTests):
    """Names, mappings and documents."""

    async def test_a_line_lies_in_the_index_of_its_day(
        self, bench: Bench, log: Log, raw: AsyncElasticsearch, prefix: str
    ) -> None:
        await bench.write(log, *(log.line(days, time=START + timedelta(days=days)) for days in range(3)))
        names = [f"{prefix}-2026.01.0{day}" for day in (2, 3, 4)]
        result = [await raw.get(index=name, id=f"{log.origin.cluster_id}_{number}") for number, name in enumerate(names)]
        assert [document["_source"]["message"] for document in result] == ["line 0", "line 1", "line 2"]

    async def test_documents_have_the_documented_fields(
        self, bench: Bench, log: Log, raw: AsyncElasticsearch, prefix: str
    ) -> None:
        await bench.write(log, log.line(7, "text", stream=Stream.STDERR))
        document = await raw.get(index=f"{prefix}-2026.01.02", id=f"{log.origin.cluster_id}_7")
        assert document["_source"] == {
            "@timestamp": "2026-01-02T03:04:05.678908Z",
            "message": "text",
            "stream": "stderr",
            "scale_order_num": 7,
            "scale_job_exe": log.origin.cluster_id,
            "scale_task": 1,
            "scale_node": "echo.example.com",
            "host": "echo.example.com",
            "scale_job_id": 1,
            "scale_job_exe_num": 1,
            "scale_job_type": "echo",
            "scale_job_version": "1.0.0",
        }

    async def test_mappings_are_those_of_the_template(self, bench: Bench, log: Log, raw: AsyncElasticsearch, prefix: str) -> None:
        await bench.write(log, log.line(1))
        mapping = await raw.indices.get_mapping(index=f"{prefix}-2026.01.02")
        fields = mapping[f"{prefix}-2026.01.02"]["mappings"]["properties"]
        kinds = {name: field["type"] for name, field in fields.items()}
        assert (kinds["@timestamp"], kinds["message"], kinds["scale_order_num"]) == ("date_nanos", "text", "long")
        assert {kinds[name] for name in ("scale_job_exe", "stream", "scale_node", "scale_task")} == {"keyword"}

    async def test_stores_that_begin_at_once_make_one_template(
        self, elasticsearch_url: str, raw: AsyncElasticsearch, log: Log, prefix: str
    ) -> None:
        options, name = Options((elasticsearch_url,)), f"{prefix}many"
        stores = [ElasticsearchLogStore(options, name, clock=lambda: END) for _ in range(4)]
        await asyncio.gather(*(store.append(1, [log.line(number)]) for number, store in enumerate(stores)))
        template = await raw.indices.get_index_template(name=f"jobsvc-{name}")
        assert template["index_templates"][0]["index_template"]["index_patterns"] == [f"{name}-*"]
        assert await Bench(stores[0]).numbers(log) == [0, 1, 2, 3]
        for store in stores:
            await store.close()

    async def test_the_documented_system_finds_the_lines(
        self, bench: Bench, log: Log, other: Log, raw: AsyncElasticsearch, prefix: str, settled: Settled
    ) -> None:
        await bench.write(log, log.line(2), log.line(1), log.line(3, stream=Stream.STDERR))
        await bench.write(other, other.line(1))
        await settled()
        terms = {"scale_job_exe.keyword": log.origin.cluster_id, "stream.keyword": "stdout"}
        query = {"bool": {"must": [{"term": {name: value}} for name, value in terms.items()]}}
        sort = [{"@timestamp": "asc"}, {"scale_order_num": "asc"}]
        answer = await raw.search(index=f"logstash-*,{prefix}-*", query=query, sort=sort, size=10_000)
        assert [hit["_source"]["message"] for hit in answer["hits"]["hits"]] == ["line 1", "line 2"]


class TestTrouble(ElasticsearchTests):
    """Lines that are not taken."""

    async def test_a_refused_line_does_not_stand_in_the_way(
        self, bench: Bench, log: Log, raw: AsyncElasticsearch, prefix: str, settled: Settled
    ) -> None:
        day = START + timedelta(days=20)
        # An index of somebody else's, for whom messages are words.
        await raw.indices.create(index=f"{prefix}-2026.01.22", mappings={"properties": {"message": {"type": "keyword"}}})
        await bench.write(log, log.line(1, time=day), log.line(2, "x" * 40_000, time=day), log.line(3, time=day))
        await settled()
        messages = [line.message for line in await bench.lines(longer(log, 20))]
        assert messages == ["line 1", "x" * 4096 + " [jobsvc: cut, for Elasticsearch refused the whole line]", "line 3"]

    async def test_an_index_that_takes_nothing_is_a_store_that_is_away(
        self, bench: Bench, log: Log, raw: AsyncElasticsearch, prefix: str, settled: Settled
    ) -> None:
        lines = log.count(1, 3, time=START + timedelta(days=10))
        index = f"{prefix}-2026.01.12"
        await raw.indices.create(index=index, settings={"index.blocks.write": True})
        with pytest.raises(LogsUnavailable, match="cluster_block_exception"):
            await bench.write(log, *lines)
        await raw.indices.put_settings(index=index, settings={"index.blocks.write": False})
        await bench.write(log, *lines)
        await settled()
        assert await bench.numbers(longer(log, 10)) == [1, 2, 3]


def longer(log: Log, days: int) -> Log:
    """The same execution, but it ended some days later."""
    return replace(log, execution=replace(log.execution, ended=END + timedelta(days=days)))
