"""Lines may hold anything: no format breaks on it, and nothing of it runs in a browser."""

import json
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from jobsvc.api.logs.formats import WRITERS, Format
from jobsvc.domain.status import Stream
from jobsvc.ports.log_store import LogLine, LogOrigin
from jobsvc.services.logs.service import LogPage
from tests.api.conftest import Stage
from tests.services.logs.logged import running

MESSAGES = [
    "<script>alert(1)</script>",
    "</div></body><!-- ' \" & -->",
    "\x1b[31mred\x1b[0m\ttab \x07\x08\x7f\x85",
    "a\0b",
    "half of a pair: \ud83d, and the other: \udc00",
    "\ufffe \ufdd0 \U0010ffff \ufeff",
    "two\nlines\rand a return",
    "",
    "Grüße \U0001f600 עברית",
]
R = "\N{REPLACEMENT CHARACTER}"
LOOP = pytest.mark.asyncio(loop_scope="module")


async def written(form: Format, *messages: str) -> bytes:
    """A log of these lines, which may be what no store of ours would take: collectors write to the other one."""
    origin = LogOrigin("x", node="no\udc00de")
    lines = [LogLine(datetime(2026, 1, 2, tzinfo=UTC), at, Stream.STDERR, text, origin) for at, text in enumerate(messages)]
    return b"".join([chunk async for chunk in WRITERS[form](LogPage(lines))])


def in_json(text: str) -> str:
    return text.replace("\ud83d", R).replace("\udc00", R)


async def test_text_is_as_it_was_but_for_what_cannot_be_written() -> None:
    expected = "\n".join(in_json(text) for text in MESSAGES).replace("\0", R)
    assert (await written(Format.TXT, *MESSAGES)).decode() == expected


@pytest.mark.parametrize("form", [Format.JSON, Format.NDJSON, Format.ELASTICSEARCH])
async def test_json_holds_every_character(form: Format) -> None:
    body = await written(form, *MESSAGES)
    result: Any = [json.loads(line) for line in body.splitlines()] if form is Format.NDJSON else json.loads(body)
    result = [hit["_source"] for hit in result["hits"]["hits"]] if form is Format.ELASTICSEARCH else result
    assert [line["message"] for line in result] == [in_json(text) for text in MESSAGES]
    assert {line["scale_node"] for line in result} == {f"no{R}de"}


class Page(HTMLParser):
    """Notes the elements of a page, and the texts of its lines."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.lines: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        if tag == "div":
            assert attrs == [("class", "stderr")]
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        if self.lines:
            self.lines[-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "div":
            self.lines.append("")

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


async def test_html_is_nothing_but_text() -> None:
    body = (await written(Format.HTML, *MESSAGES)).decode()
    page = Page()
    page.feed(body)
    assert page.elements == {"html", "head", "style", "body", "div"}
    assert page.lines[0::2][:2] == MESSAGES[:2]
    assert not {item for item in body if ord(item) < 32} - set("\n\t\r")
    assert not set(body) & set("\x7f\x85\ufffe\ufdd0\U0010ffff")


@LOOP
@pytest.mark.parametrize("form", ["txt", "html", "json", "ndjson"])
async def test_no_log_may_run_in_a_browser(stage: Stage, form: str) -> None:
    job = await running(stage.make)
    await job.write(1, message="<script>alert(1)</script>")
    answer = await stage.client.get(f"/v6/job-executions/{job.execution.id}/logs/stdout/", format=form)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'; style-src 'unsafe-inline'"


@LOOP
async def test_a_long_line_is_one(stage: Stage) -> None:
    job = await running(stage.make)
    await job.write(1, 2, message="x" * 2**20)
    answer = await stage.client.get(f"/v6/job-executions/{job.execution.id}/logs/stdout/", format="txt")
    assert [len(line) for line in answer.text.split("\n")] == [2**20] * 2
