"""Logs that collectors of the documented system brought to Elasticsearch (docs/spec/behaviour/logs.md#v4-to-v6)."""

from dataclasses import replace
from datetime import timedelta

from elasticsearch import AsyncElasticsearch

from jobsvc.domain.log_text import parse_log_text
from jobsvc.domain.status import Stream
from jobsvc.ports.log_store import LogOrigin

from .log_store_bench import START, Bench, Log, position
from .log_store_elasticsearch import MS, START_MS, Collector, ElasticsearchTests, fluentd, logstash


class TestCollectors(ElasticsearchTests):
    """What is read of documents that are not ours."""

    async def test_what_fluentd_wrote_is_read(self, bench: Bench, log: Log, collector: Collector) -> None:
        await collector(*(fluentd(log, number) for number in (2, 1, 3)), fluentd(log, 4, stream="stderr"))
        log = replace(log, origin=replace(log.origin, task=None))
        lines = [log.line(number, time=START_MS + number * MS, order_num=number * 1000) for number in (1, 2, 3)]
        assert await bench.lines(log, stream=Stream.STDOUT) == lines
        assert await bench.lines(log, after=position(lines[0]), limit=2) == lines[1:]
        assert await bench.numbers(log, stream=Stream.STDERR) == [4000]

    async def test_a_host_may_be_described(self, bench: Bench, log: Log, collector: Collector) -> None:
        await collector(fluentd(log, 1, host={"name": "node.example.com", "ip": ["10.0.0.1"]}))
        assert [line.origin.node for line in await bench.lines(log)] == ["node.example.com"]

    async def test_what_logstash_wrote_is_read(self, bench: Bench, log: Log, collector: Collector) -> None:
        await collector(*(logstash(log, number) for number in (3, 2, 1)))
        origin = LogOrigin(log.origin.cluster_id, None, "echo.example.com")
        expected = log.count(1, 3, time=START_MS, origin=origin)
        assert await bench.lines(log) == expected
        assert await bench.lines(log, newest_first=True, after=position(expected[1])) == expected[:1]
        assert await bench.lines(log, started=START_MS, ended=START_MS, text=parse_log_text('"line 2"')) == expected[1:2]

    async def test_documents_that_lack_something_do_not_stop_a_reader(self, bench: Bench, log: Log, collector: Collector) -> None:
        whole = logstash(log, 1)
        missing = [{name: whole[name] for name in whole if name != lack} for lack in ("message", "stream", "scale_order_num")]
        await collector(*missing, whole)
        assert await bench.numbers(log) == [0, 1, 1]
        assert await bench.numbers(log, stream=Stream.STDOUT) == [0, 1, 1]
        assert await bench.numbers(log, stream=Stream.STDERR) == []

    async def test_lines_that_cannot_be_told_apart_are_all_read(self, bench: Bench, log: Log, collector: Collector) -> None:
        await collector(*(logstash(log, 0) | {"message": str(number)} for number in range(4500)))
        assert [line.message for line in await bench.lines(log)] == [str(number) for number in range(4500)]

    async def test_times_of_nanoseconds_are_told_apart(
        self, bench: Bench, log: Log, raw: AsyncElasticsearch, prefix: str
    ) -> None:
        await bench.write(log, log.line(1))
        for number in (250, 500, 750):
            document = fluentd(log, number) | {"@timestamp": f"2026-01-02T04:00:00.000001{number}Z"}
            await raw.index(index=f"{prefix}-2026.01.02", document=document)
        lines = await bench.lines(log)
        assert [line.order_num for line in lines] == [1, 250_000, 500_000, 750_000]
        assert await bench.lines(log, after=position(lines[2])) == lines[3:]
        assert await bench.lines(log, ended=lines[2].time) == lines

    async def test_a_search_finds_what_a_collector_wrote(self, bench: Bench, log: Log, collector: Collector, word: str) -> None:
        await collector(fluentd(log, 1) | {"message": word}, {"@timestamp": START.isoformat(), "message": f"{word} of no job"})
        assert [line.message for line in await bench.search(word)] == [word]
        assert [line.message for line in await bench.search(word, job_type_names=frozenset({"echo"}))] == [word]

    async def test_what_a_collector_wrote_is_not_ours_to_delete(self, bench: Bench, log: Log, collector: Collector) -> None:
        await collector(logstash(log, 1))
        await bench.store.drop_days(START + timedelta(days=2))
        assert await bench.numbers(log) == [1]
