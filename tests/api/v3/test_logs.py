"""Logs as v3 shows them (docs/spec/behaviour/logs.md and docs/spec/decisions.md#logs)."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import insert

from jobsvc.db.tables import LogLineRow
from tests.api import rows
from tests.api.conftest import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
EXECUTION, SILENT, ONE_SIDED = 42, 43, 44
LINES = [
    (0.0, "stdout", "first"),
    (1.0, "stderr", "<b>&\"quoted\" 'too'</b>"),
    (1.3, "stdout", ""),
    (61.7, "stdout", "Grüße \U0001f600"),
]
"""Seconds after the beginning of 2020, stream and message."""
PATH = f"/job-executions/{EXECUTION}/logs"
JSON, TEXT, HTML = "application/json", "text/plain", "text/html"


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def logs(stage: Stage) -> None:
    kind = await stage.make.job_type("echo")
    job = await rows.job_row(stage.make, kind, **rows.COMPLETED)
    node = await rows.node_row(stage.make)
    for exe_num, execution in enumerate((EXECUTION, SILENT, ONE_SIDED), start=1):
        running = {"status": "RUNNING", "ended": None} if execution == ONE_SIDED else {}
        columns = {"id": execution, "exe_num": exe_num, "node_id": node, "started": rows.T0, "ended": rows.hour(2), **running}
        await rows.execution_row(stage.make, job, kind, **columns)
    lines = [(EXECUTION, number, *line) for number, line in enumerate(LINES, start=1)] + [(ONE_SIDED, 1, 0.0, "stdout", "so far")]
    names = ("execution_id", "order_num", "time", "stream", "message", "task")
    result = [(execution, number, rows.T0 + timedelta(seconds=at), *rest, 9) for execution, number, at, *rest in lines]
    async with stage.db.engine.begin() as connection:
        await connection.execute(insert(LogLineRow), [dict(zip(names, line, strict=True)) for line in result])


async def ask(stage: Stage, path: str, **headers: str) -> httpx.Response:
    return await stage.client.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})


def numbers(answer: httpx.Response) -> list[int]:
    return [hit["_source"]["scale_order_num"] for hit in answer.json()["hits"]["hits"]]


@pytest.mark.parametrize(("name", "expected"), [("stdout", [1, 3, 4]), ("stderr", [2]), ("combined", [1, 2, 3, 4])])
@pytest.mark.parametrize("prefix", ["", "/v3", "/v5"])
async def test_json_is_the_answer_of_a_search(stage: Stage, prefix: str, name: str, expected: list[int]) -> None:
    answer = await ask(stage, f"{prefix}{PATH}/{name}")
    assert (answer.headers["content-type"], numbers(answer)) == (JSON, expected)
    assert answer.json()["hits"]["total"] == len(expected)


async def test_text_is_the_messages_by_line(stage: Stage) -> None:
    answer = await ask(stage, f"{PATH}/combined/", Accept=TEXT)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.content.decode() == "first\n<b>&\"quoted\" 'too'</b>\n\nGrüße \U0001f600"


async def test_html_is_a_div_a_line_escaped_and_of_its_stream(stage: Stage) -> None:
    answer = await ask(stage, f"{PATH}/combined/", Accept=HTML)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    escaped = "&lt;b&gt;&amp;&quot;quoted&quot; &#x27;too&#x27;&lt;/b&gt;"
    lines = [("stdout", "first"), ("stderr", escaped), ("stdout", ""), ("stdout", "Grüße \U0001f600")]
    divs = "".join(f'<div class="{name}">{text}</div>\n' for name, text in lines)
    assert divs in answer.content.decode()
    assert ".stderr {color: red;}" in answer.content.decode()


BY_ACCEPT = [
    ("text/plain;q=0.1, application/json", JSON),
    ("text/html;q=0.5, text/plain;q=0.7", "text/plain; charset=utf-8"),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"),
    ("application/json;q=0, text/*", "text/plain; charset=utf-8"),
    ("", JSON),
]


@pytest.mark.parametrize(("accept", "provided"), BY_ACCEPT)
async def test_what_is_wanted_most_is_given(stage: Stage, accept: str, provided: str) -> None:
    answer = await ask(stage, f"{PATH}/stdout/", Accept=accept)
    assert (answer.headers["content-type"], answer.headers["vary"]) == (provided, "Accept")


@pytest.mark.parametrize(("name", "provided"), [("json", JSON), ("txt", TEXT), ("html", HTML)])
async def test_a_link_can_name_the_format(stage: Stage, name: str, provided: str) -> None:
    answer = await ask(stage, f"/v5{PATH}/stdout/?format={name}", Accept="*/*")
    assert answer.headers["content-type"].partition(";")[0] == provided
    assert (await ask(stage, f"/v5{PATH}/stdout/?format={name}x")).status_code == 404


STARTED = [
    ("2020-01-01T00:00:01Z", "", [2, 3, 4]),
    ("2020-01-01T00:00:01.000001Z", "", [3, 4]),
    ("PT1S", "", []),
    ("2020-01-01T00:00:02Z", "Wed, 01 Jan 2020 00:00:00 GMT", [4]),
    ("2020-01-01T00:00:00Z", "Wed, 01 Jan 2020 00:00:01 GMT", [3, 4]),
]


@pytest.mark.parametrize(("started", "since", "expected"), STARTED)
async def test_lines_from_a_time_on(stage: Stage, started: str, since: str, expected: list[int]) -> None:
    path = f"/v4{PATH}/combined/?started={started}"
    assert numbers(await ask(stage, path, If_Modified_Since=since)) == expected


async def test_a_time_that_cannot_be_read(stage: Stage) -> None:
    answer = await ask(stage, f"{PATH}/combined/?started=now", Accept=TEXT)
    assert (answer.status_code, answer.text[:9]) == (400, "started: ")


async def test_caches_have_to_ask(stage: Stage) -> None:
    for since in ("", "Fri, 31 Dec 9999 23:59:59 GMT"):
        assert (await ask(stage, f"{PATH}/stdout/", If_Modified_Since=since)).headers["cache-control"] == "no-cache"


async def test_what_cannot_be_given_is_not_acceptable(stage: Stage) -> None:
    assert (await ask(stage, f"{PATH}/stdout/", Accept="image/png")).status_code == 406


@pytest.mark.parametrize(
    ("name", "last"),
    [("combined", "Wed, 01 Jan 2020 00:01:01 GMT"), ("stderr", "Wed, 01 Jan 2020 00:00:01 GMT")],
)
@pytest.mark.parametrize("accept", [JSON, TEXT, HTML])
async def test_last_modified_is_the_time_of_the_newest_line(stage: Stage, name: str, last: str, accept: str) -> None:
    for since in ("", "Tue, 31 Dec 2019 00:00:00 GMT"):
        answer = await ask(stage, f"{PATH}/{name}/", Accept=accept, If_Modified_Since=since)
        assert answer.headers["last-modified"] == last


SINCE = [
    ("Tue, 31 Dec 2019 23:59:59 GMT", [1, 2, 3, 4]),
    ("Wed, 01 Jan 2020 00:00:00 GMT", [2, 3, 4]),
    ("Wed, 01 Jan 2020 00:00:01 GMT", [3, 4]),
    ("Wed, 01 Jan 2020 00:00:02 GMT", [4]),
    ("Wed, 01 Jan 2020 00:01:01 GMT", [4]),
    ("Wednesday, 01-Jan-20 00:00:01 GMT", [3, 4]),
    ("Wed Jan  1 00:00:01 2020", [3, 4]),
    ("Wed, 01 Jan 2020 00:00:01 UTC", [3, 4]),
    ("Wed, 01 Jan 2020 02:00:01 +0200", [3, 4]),
]
IGNORED = ["", "now", "2020-01-01T00:00:01Z", "Wed, 32 Jan 2020 00:00:01 GMT", "Fri, 31 Dec 9999 23:59:59 -0100", "0"]


@pytest.mark.parametrize(("since", "expected"), SINCE)
async def test_only_what_is_newer_is_given(stage: Stage, since: str, expected: list[int]) -> None:
    assert numbers(await ask(stage, f"{PATH}/combined/", If_Modified_Since=since)) == expected


@pytest.mark.parametrize("since", IGNORED)
async def test_what_is_no_date_is_ignored(stage: Stage, since: str) -> None:
    assert numbers(await ask(stage, f"{PATH}/combined/", If_Modified_Since=since)) == [1, 2, 3, 4]


@pytest.mark.parametrize("path", [f"{PATH}/combined/", f"/job-executions/{SILENT}/logs/stdout/"])
@pytest.mark.parametrize("accept", [JSON, TEXT, HTML])
async def test_when_nothing_is_newer_nothing_is_modified(stage: Stage, path: str, accept: str) -> None:
    for since in ("Wed, 01 Jan 2020 00:01:02 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"):
        answer = await ask(stage, path, Accept=accept, If_Modified_Since=since)
        assert (answer.status_code, answer.content) == (304, b"")


async def test_without_the_header_an_empty_log_is_an_empty_answer(stage: Stage) -> None:
    path = f"/job-executions/{SILENT}/logs/combined/"
    as_json, text, html = [await ask(stage, path, Accept=accept) for accept in (JSON, TEXT, HTML)]
    assert {answer.status_code for answer in (as_json, text, html)} == {200}
    assert as_json.json()["hits"] == {"max_score": None, "hits": [], "total": 0}
    assert (text.content, b"<div" in html.content) == (b"", False)
    assert "last-modified" not in as_json.headers


LOGS: list[tuple[int, list[Any]]] = [
    (EXECUTION, [True, "first\n\nGrüße \U0001f600", "<b>&\"quoted\" 'too'</b>"]),
    (SILENT, [True, None, None]),
    (ONE_SIDED, [False, "so far", ""]),
]


@pytest.mark.parametrize(("execution", "expected"), LOGS)
async def test_the_deprecated_form_has_both_logs_as_strings(stage: Stage, execution: int, expected: list[Any]) -> None:
    answer = await ask(stage, f"/job-executions/{execution}/logs/")
    (item,) = [entry for entry in (await stage.client.get("/job-executions/")).json()["results"] if entry["id"] == execution]
    assert answer.json() == item | dict(zip(["is_finished", "stdout", "stderr"], expected, strict=True))
    assert answer.headers["deprecation"].startswith("@")


async def test_an_attempt_that_waits_has_written_nothing(stage: Stage) -> None:
    await stage.make.job(await stage.make.job_type("waiting"))
    (waiting,) = (await stage.client.get("/job-executions/?status=QUEUED")).json()["results"]
    logs = (await stage.client.get(f"/job-executions/{waiting['id']}/logs/")).json()
    assert [logs[name] for name in ("is_finished", "stdout", "stderr")] == [False, None, None]
    assert numbers(await ask(stage, f"/job-executions/{waiting['id']}/logs/stdout/")) == []


@pytest.mark.parametrize("path", ["99/logs/", "99/logs/stdout/", "-99/logs/stdout/", "-99/logs/", f"{EXECUTION}/logs/stdin/"])
async def test_an_execution_or_a_log_that_there_is_not(stage: Stage, path: str) -> None:
    assert (await stage.client.get(f"/job-executions/{path}")).status_code == 404


async def test_head_says_what_get_would(stage: Stage) -> None:
    get, head = [await stage.client.request(method, f"{PATH}/stdout/") for method in ("GET", "HEAD")]
    for answer in (get, head):
        del answer.headers["x-request-id"]
    assert (head.status_code, dict(head.headers), head.content) == (200, dict(get.headers), b"")
