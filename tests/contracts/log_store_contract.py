"""What every log store does. A subclass gives the fixtures `store`, `away`, `log`, `other` and `settled`."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobsvc.domain.errors import LogsUnavailable
from jobsvc.domain.log_text import parse_log_text
from jobsvc.domain.status import Stream
from jobsvc.ports.log_store import LogLine, LogQuery, LogStore, Position
from tests.waiting import eventually

from .log_store_bench import END, START, TICK, Bench, Log, Settled, StoreTests, position, search_position

FOLLOWED = 600
PAGE_BYTES = 9 * 2**20
UNUSUAL = (
    "",
    " ",
    "\t\v\f\r\x1b[31mred\x1b[0m\x7f\x85\u2028",
    "größe 値段 🚀 \u202eabc \U0010ffff \ufeff \ufffd",
    r"\x00 \xff",
    """{"a": 'b'} \\ \\" <b>&amp;</b> % $1 NULL""",
    "x" * 40_000,
)
TEXTS = (
    "Disk full on node-7",
    "disk: full",
    "the disk is not full",
    "diskfull",
    "GRÖSSE größe",
    "exit code: 3 (100%)",
    "a_b [warn]",
)
LINE_NUMBERS_BY_QUERY = {
    "disk": [1, 2, 3],
    "DISK": [1, 2, 3],
    "disk full": [1, 2, 3],
    '"disk full"': [1, 2],
    '"full disk"': [],
    "full -node": [2, 3],
    '-"disk full" -größe -warn': [3, 4, 6],
    "größe": [5],
    "GRÖSSE": [5],
    '"exit code 3"': [6],
    '"(exit, code"': [6],
    "100%": [6],
    "a_b": [7],
    "[warn]": [7],
    "b": [],
    "d.sk": [],
}


class LogStoreContract(StoreTests):
    """The behaviour suite."""

    # Reading

    async def test_a_line_is_read_as_it_was_written(self, bench: Bench, log: Log) -> None:
        lines = [log.line(1), log.line(2, stream=Stream.STDERR), log.line(3, time=START + timedelta(seconds=1))]
        await bench.write(log, *lines)
        assert await bench.lines(log) == lines

    async def test_a_log_without_lines_has_no_pages(self, bench: Bench, log: Log) -> None:
        assert await bench.pages(log) == []

    async def test_lines_are_in_sequence_however_they_came(self, bench: Bench, log: Log) -> None:
        await bench.write(log, *log.count(4, 6))
        await bench.write(log, *log.count(1, 3))
        assert await bench.numbers(log) == [1, 2, 3, 4, 5, 6]
        assert await bench.numbers(log, newest_first=True) == [6, 5, 4, 3, 2, 1]

    async def test_lines_of_one_time_are_in_the_sequence_of_their_numbers(self, bench: Bench, log: Log) -> None:
        await bench.write(log, *log.count(1, 12, time=START))
        assert await bench.numbers(log) == list(range(1, 13))
        assert await bench.numbers(log, after=Position(START, 9)) == [10, 11, 12]

    async def test_the_ends_of_a_time_range_belong_to_it(self, bench: Bench, log: Log) -> None:
        await bench.write(log, *log.count(1, 5))
        assert await bench.numbers(log, started=START + 2 * TICK) == [2, 3, 4, 5]
        assert await bench.numbers(log, ended=START + 4 * TICK) == [1, 2, 3, 4]
        assert await bench.numbers(log, started=START + 3 * TICK, ended=START + 3 * TICK) == [3]
        assert await bench.numbers(log, started=END, ended=START) == []

    async def test_a_bound_may_lie_at_the_end_of_all_time(self, bench: Bench, log: Log) -> None:
        first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
        await bench.write(log, log.line(1))
        assert await bench.numbers(log, started=first, ended=last) == [1]
        assert await bench.numbers(log, started=last) == []
        assert await bench.numbers(log, ended=first) == []

    async def test_one_stream_or_both(self, bench: Bench, log: Log) -> None:
        await bench.write(log, log.line(1), log.line(2, stream=Stream.STDERR), log.line(3))
        assert await bench.numbers(log, stream=Stream.STDOUT) == [1, 3]
        assert await bench.numbers(log, stream=Stream.STDERR) == [2]
        assert await bench.numbers(log) == [1, 2, 3]

    async def test_after_a_line(self, bench: Bench, log: Log) -> None:
        lines = log.count(1, 5)
        await bench.write(log, *lines)
        assert await bench.numbers(log, after=position(lines[1])) == [3, 4, 5]
        assert await bench.numbers(log, after=position(lines[1]), newest_first=True) == [1]
        assert await bench.numbers(log, after=position(lines[4])) == []

    @pytest.mark.parametrize("limit", [0, 1, 3, 4, 9])
    async def test_no_more_than_the_limit(self, bench: Bench, log: Log, limit: int) -> None:
        await bench.write(log, *log.count(1, 4))
        assert await bench.numbers(log, limit=limit) == [1, 2, 3, 4][:limit]
        assert await bench.numbers(log, limit=limit, newest_first=True) == [4, 3, 2, 1][:limit]

    async def test_all_conditions_together(self, bench: Bench, log: Log) -> None:
        lines = [log.line(number, f"{'even' if number % 2 == 0 else 'odd'} {number}") for number in range(1, 21)]
        await bench.write(log, *(replace(line, stream=Stream.STDERR) if line.order_num > 10 else line for line in lines))
        result = {"stream": Stream.STDERR, "text": parse_log_text("even -16"), "started": START + 12 * TICK}
        assert await bench.numbers(log, **result, after=position(lines[11]), limit=2) == [14, 18]

    async def test_executions_do_not_mix(self, bench: Bench, log: Log, other: Log) -> None:
        await bench.write(log, *log.lines("mine"))
        await bench.write(other, *other.lines("theirs"))
        assert [line.message for line in await bench.lines(log)] == ["mine"]
        assert await bench.lines(other) == other.lines("theirs")

    # Size

    async def test_a_log_of_many_lines_is_whole(self, bench: Bench, log: Log) -> None:
        for first in range(1, 10_001, 5000):
            await bench.write(log, *log.count(first, first + 4999))
        await bench.write(log, log.line(10_001))
        pages = await bench.pages(log)
        assert [line.order_num for page in pages for line in page] == list(range(1, 10_002))
        assert max(map(len, pages)) <= 5000

    async def test_a_limit_of_more_than_a_page(self, bench: Bench, log: Log) -> None:
        await bench.write(log, *log.count(1, 5000))
        assert await bench.numbers(log, limit=4500, newest_first=True) == list(range(5000, 500, -1))

    async def test_pages_of_long_lines_are_short(self, bench: Bench, log: Log) -> None:
        lines = [log.line(number, "é" * 2**19 if 5 < number <= 25 else "short") for number in range(1, 41)]
        await bench.write(log, *lines)
        pages = await bench.pages(log)
        assert [line for page in pages for line in page] == lines
        assert max(sum(len(line.message.encode()) for line in page) for page in pages) <= PAGE_BYTES

    # Writing

    async def test_writing_again_changes_nothing(self, bench: Bench, log: Log) -> None:
        await bench.write(log, *log.count(1, 4))
        await bench.write(log, *log.count(1, 4))
        await bench.write(log, *log.count(3, 6))
        assert await bench.numbers(log) == [1, 2, 3, 4, 5, 6]

    async def test_nothing_may_be_written(self, bench: Bench, log: Log) -> None:
        await bench.write(log)
        assert await bench.numbers(log) == []

    @pytest.mark.parametrize("message", UNUSUAL, ids=range(len(UNUSUAL)))
    async def test_any_text_survives(self, bench: Bench, log: Log, message: str) -> None:
        await bench.write(log, *log.lines(message))
        assert [line.message for line in await bench.lines(log)] == [message]

    async def test_a_line_of_a_mebibyte_survives(self, bench: Bench, log: Log) -> None:
        message = "0123456789abcde " * 2**16
        await bench.write(log, *log.lines("before", message, "after"))
        assert await bench.lines(log) == log.lines("before", message, "after")

    async def test_a_log_goes_on_over_midnight(self, bench: Bench, log: Log) -> None:
        midnight = START.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        lines = [log.line(number, time=midnight + (number - 3) * TICK) for number in range(1, 6)]
        await bench.write(log, *lines)
        assert await bench.lines(log) == lines
        assert await bench.lines(log, newest_first=True) == lines[::-1]

    async def test_a_follower_misses_nothing(self, bench: Bench, log: Log) -> None:
        running = replace(log, execution=replace(log.execution, ended=None))
        seen: list[LogLine] = []

        async def are_seen() -> bool:
            seen.extend(await bench.lines(running, after=position(seen[-1]) if seen else None))
            return len(seen) >= FOLLOWED

        async with asyncio.TaskGroup() as group:
            group.create_task(_write_slowly(bench, log))
            await eventually(are_seen, 30)
        assert [line.order_num for line in seen] == list(range(1, FOLLOWED + 1))

    # Text

    @pytest.mark.parametrize("query", LINE_NUMBERS_BY_QUERY)
    async def test_terms_are_whole_words(self, bench: Bench, log: Log, query: str) -> None:
        await bench.write(log, *log.lines(*TEXTS))
        assert await bench.numbers(log, text=parse_log_text(query)) == LINE_NUMBERS_BY_QUERY[query]

    # Search

    async def test_a_search_finds_lines_of_all_executions(
        self, bench: Bench, log: Log, other: Log, word: str, settled: Settled
    ) -> None:
        mine, theirs = log.line(1, f"{word} one"), other.line(2, f"two {word}", stream=Stream.STDERR)
        await bench.write(log, mine, log.line(2, "else"))
        await bench.write(other, theirs)
        await settled()
        assert await bench.search(word) == [mine, theirs]
        assert await bench.search(word, newest_first=True) == [theirs, mine]
        assert await bench.search(f"{word} -two") == [mine]
        assert await bench.search(word, stream=Stream.STDERR) == [theirs]
        assert await bench.search(word, job_type_names=frozenset({"echo", "none"})) == [mine]
        assert await bench.search(word, job_type_names=frozenset()) == []

    async def test_the_ends_of_a_search_belong_to_it(self, bench: Bench, log: Log, word: str, settled: Settled) -> None:
        await bench.write(log, *(log.line(number, word) for number in range(1, 6)))
        await settled()
        match = await bench.search(word, started=START + 2 * TICK, ended=START + 4 * TICK)
        assert [line.order_num for line in match] == [2, 3, 4]
        assert await bench.search(word, started=END + timedelta(days=1), ended=END + timedelta(days=2)) == []

    @pytest.mark.parametrize("newest_first", [False, True])
    async def test_pages_of_a_search_go_on_within_one_time(
        self, bench: Bench, log: Log, other: Log, word: str, settled: Settled, *, newest_first: bool
    ) -> None:
        for item in (log, other):
            await bench.write(item, *(item.line(number, word, time=START + number // 4 * TICK) for number in range(1, 8)))
        await settled()
        seen: list[LogLine] = []
        while page := await bench.search(
            word, newest_first=newest_first, limit=3, after=search_position(seen[-1]) if seen else None
        ):
            seen += page
        whole = sorted(seen, key=search_position, reverse=newest_first)
        assert (len(seen), seen) == (14, whole)

    async def test_a_long_time_range_is_searched_whole(self, bench: Bench, log: Log, word: str, settled: Settled) -> None:
        times = [START + timedelta(days=days, seconds=seconds) for days in (0, 1, 40) for seconds in (0, 30, 100)]
        lines = [log.line(number, word, time=time) for number, time in enumerate(times, 1)]
        await bench.write(log, *lines)
        await settled()
        ages = {"started": START - timedelta(days=9999), "ended": START + timedelta(days=9999)}
        assert await bench.search(word, **ages) == lines
        assert await bench.search(word, newest_first=True, limit=2, **ages) == [lines[8], lines[7]]

    # Age

    async def test_executions_with_old_lines_are_named(
        self, bench: Bench, log: Log, other: Log, settled: Settled, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for store in ("postgres", "elasticsearch.store"):
            monkeypatch.setattr(f"jobsvc.logstores.{store}.EXECUTIONS", 1)
        old, day = START - timedelta(days=3000), timedelta(days=1)
        await bench.write(log, log.line(1, time=old), log.line(2, time=old + 3 * day))
        await bench.write(other, other.line(1, time=old + day))
        await settled()

        async def names(before: datetime) -> set[str]:
            return {name async for page in bench.store.logged_before(before) for name in page}

        of_log, of_both = await names(old + day / 2), await names(old + 2 * day)
        assert (len(of_log), len(of_both), of_log < of_both) == (1, 2, True)
        assert await names(old) == set()
        await bench.store.delete([replace(log.execution, started=old)])
        assert await names(old + 2 * day) == of_both - of_log

    async def test_days_that_are_dropped_are_whole(self, bench: Bench, log: Log) -> None:
        old, day = START - timedelta(days=3000), timedelta(days=1)
        since = replace(log, execution=replace(log.execution, started=old))
        await bench.write(log, log.line(1, time=old), log.line(2, time=old + day), log.line(3, time=old + 3 * day))
        has_days = await bench.store.drop_days(old + 2 * day)
        assert await bench.numbers(since) == ([3] if has_days else [1, 2, 3])

    async def test_lines_of_executions_are_deleted_and_those_of_others_stay(
        self, bench: Bench, log: Log, other: Log, settled: Settled
    ) -> None:
        await bench.write(log, *log.count(1, 50))
        await bench.write(other, *other.count(1, 3))
        await settled()
        for _ in range(2):
            await bench.store.delete([log.execution])
        assert [await bench.numbers(item) for item in (log, other)] == [[], [1, 2, 3]]
        await bench.store.delete([])

    # Absence

    async def test_a_store_that_answers_passes_its_check(self, store: LogStore) -> None:
        await store.check()

    @pytest.mark.parametrize("call", ["append", "read", "search", "forget", "delete", "check"])
    async def test_a_store_that_is_away_says_so_in_one_line(self, away: LogStore, log: Log, call: str) -> None:
        bench = Bench(away)
        calls: dict[str, Callable[[], Awaitable[Any]]] = {
            "append": lambda: bench.write(log, log.line(1)),
            "read": lambda: bench.lines(log),
            "search": lambda: bench.search("word"),
            "forget": lambda: anext(away.logged_before(START)),
            "delete": lambda: away.delete([log.execution]),
            "check": away.check,
        }
        with pytest.raises(LogsUnavailable) as problem:
            await calls[call]()
        assert "\n" not in problem.value.detail
        assert "secret" not in problem.value.detail

    async def test_a_reader_that_goes_away_holds_nothing(self, bench: Bench, log: Log) -> None:
        await bench.write(log, *log.count(1, 2500))
        for _ in range(20):
            pages = bench.store.read(LogQuery(log.execution))
            assert 0 < len(await anext(pages)) < 2500
        assert len(await bench.lines(log)) == 2500


async def _write_slowly(bench: Bench, log: Log) -> None:
    for first in range(1, FOLLOWED, 20):
        await bench.write(log, *log.count(first, first + 19))
        await asyncio.sleep(0.03)
