"""Execution logs (docs/spec/behaviour/logs.md#v4-to-v6 and docs/spec/decisions.md#logs)."""

from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import insert

from jobsvc.db.tables import LogLineRow
from tests.api import rows
from tests.api.conftest import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
EXECUTION, SILENT, LONG = 42, 43, 44
LINES = [
    (0.0, "stdout", "first"),
    (0.5, "stderr", "<b>&\"quoted\" 'too'</b>"),
    (0.5, "stdout", ""),
    (1.25, "stdout", "Grüße \U0001f600"),
]
PATH = f"/v6/job-executions/{EXECUTION}/logs"
HEAD = "<html><head><style>.stdout {} .stderr {color: red;}</style></head><body>\n"
TAIL = "</body></html>"


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def logs(stage: Stage) -> None:
    kind = await stage.make.job_type("echo")
    node = await rows.node_row(stage.make)
    job = await rows.job_row(stage.make, kind)
    for exe_num, execution in enumerate((EXECUTION, SILENT, LONG), start=1):
        await rows.execution_row(stage.make, job, kind, id=execution, exe_num=exe_num, node_id=node, cluster_id="scale_job_f_7x1")
    names = ("time", "stream", "message")
    lines = [dict(zip(names, (rows.hour(hour), *rest), strict=True)) for hour, *rest in LINES]
    long = [{"time": rows.T0, "stream": "stdout", "message": f"{number}"} for number in range(1, 4502)]
    async with stage.db.engine.begin() as connection:
        for execution, expected_lines in ((EXECUTION, lines), (LONG, long)):
            numbered = [
                {**line, "order_num": at, "task": 9, "execution_id": execution} for at, line in enumerate(expected_lines, start=1)
            ]
            await connection.execute(insert(LogLineRow), numbered)


async def test_json_has_the_documented_fields_and_is_the_default(stage: Stage) -> None:
    answer = await stage.client.get(f"{PATH}/combined/")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()[1] == {
        "message": "<b>&\"quoted\" 'too'</b>",
        "@timestamp": "2020-01-01T00:30:00Z",
        "scale_order_num": 2,
        "scale_task": 9,
        "scale_job_exe": "scale_job_f_7x1",
        "scale_node": "node1.example.com",
        "stream": "stderr",
    }
    assert [line["message"] for line in answer.json()] == [line[2] for line in LINES]


@pytest.mark.parametrize(("name", "numbers"), [("stdout", [1, 3, 4]), ("stderr", [2]), ("combined", [1, 2, 3, 4])])
async def test_which_lines(stage: Stage, name: str, numbers: list[int]) -> None:
    for path in (f"{PATH}/{name}/", f"{PATH}/{name}", f"/v7/job-executions/{EXECUTION}/logs/{name}/"):
        assert [line["scale_order_num"] for line in (await stage.client.get(path)).json()] == numbers


async def test_text_is_the_messages_by_line(stage: Stage) -> None:
    answer = await stage.client.get(f"{PATH}/combined/", format="txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.content.decode() == "first\n<b>&\"quoted\" 'too'</b>\n\nGrüße \U0001f600"


async def test_html_is_escaped_and_tells_the_streams_apart(stage: Stage) -> None:
    answer = await stage.client.get(f"{PATH}/combined/", format="html")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    escaped = "&lt;b&gt;&amp;&quot;quoted&quot; &#x27;too&#x27;&lt;/b&gt;"
    lines = [("stdout", "first"), ("stderr", escaped), ("stdout", ""), ("stdout", "Grüße \U0001f600")]
    assert answer.content.decode() == HEAD + "".join(f'<div class="{name}">{text}</div>\n' for name, text in lines) + TAIL


JSON, TEXT, HTML = "application/json", "text/plain", "text/html"


@pytest.mark.parametrize(
    ("headers", "query", "media_type"),
    [
        ({"Accept": "*/*"}, {}, JSON),
        ({"Accept": ""}, {}, JSON),
        ({"Accept": "application/json"}, {}, JSON),
        ({"Accept": "application/*"}, {}, JSON),
        ({"Accept": "text/plain"}, {}, TEXT),
        ({"Accept": "text/*"}, {}, TEXT),
        ({"Accept": "TEXT/HTML; charset=utf-8"}, {}, HTML),
        ({"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, {}, HTML),
        ({"Accept": "image/png, text/plain;q=0.5"}, {}, TEXT),
        ({"Accept": "image/png, */*;q=0.1"}, {}, JSON),
        ({"Accept": "text/html"}, {"format": "json"}, JSON),
        ({"Accept": "image/png"}, {"format": "txt"}, TEXT),
        ({}, {"format": "html"}, HTML),
    ],
)
async def test_the_format_is_that_of_the_query_else_that_of_accept(
    stage: Stage, headers: dict[str, str], query: dict[str, str], media_type: str
) -> None:
    answer = await stage.client.request("GET", f"{PATH}/stdout/", headers=headers, params=query)
    assert answer.headers["content-type"].partition(";")[0] == media_type


@pytest.mark.parametrize("accept", ["image/png", "application/xml", "text/csv", "json"])
async def test_what_cannot_be_given_is_not_acceptable(stage: Stage, accept: str) -> None:
    answer = await stage.client.request("GET", f"{PATH}/stdout/", headers={"Accept": accept})
    assert answer.status_code == 406


@pytest.mark.parametrize("name", ["xml", "JSON", "text", ""])
async def test_a_format_that_there_is_not(stage: Stage, name: str) -> None:
    assert (await stage.client.get(f"{PATH}/stdout/", format=name)).status_code == 404


@pytest.mark.parametrize(
    ("started", "numbers"),
    [
        ("2020-01-01T00:00:00Z", [1, 2, 3, 4]),
        ("2020-01-01T00:30:00Z", [2, 3, 4]),
        ("2020-01-01T00:30:00.000001Z", [4]),
        ("2020-01-01T01:15:00+00:00", [4]),
        ("P20000D", [1, 2, 3, 4]),
    ],
)
async def test_started_is_the_first_time_that_counts(stage: Stage, started: str, numbers: list[int]) -> None:
    lines = (await stage.client.get(f"{PATH}/combined/", started=started)).json()
    assert [line["scale_order_num"] for line in lines] == numbers


@pytest.mark.parametrize("started", ["", "now", "2020-01-01", "2020-01-01T00:00:00", "P1W"])
async def test_a_time_that_cannot_be_read(stage: Stage, started: str) -> None:
    assert (await stage.client.get(f"{PATH}/combined/", started=started)).status_code == 400


@pytest.mark.parametrize("form", ["json", "txt", "html"])
@pytest.mark.parametrize("path", [f"/v6/job-executions/{SILENT}/logs/combined/", f"{PATH}/combined/?started=PT1H"])
async def test_without_lines_there_is_no_content(stage: Stage, path: str, form: str) -> None:
    answer = await stage.client.request("GET", f"{path}{'&' if '?' in path else '?'}format={form}")
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize("path", ["0/logs/stdout/", "99/logs/stdout/", f"{'9' * 40}/logs/stdout/", f"{EXECUTION}/logs/stdin/"])
async def test_an_execution_or_a_log_that_there_is_not(stage: Stage, path: str) -> None:
    assert (await stage.client.get(f"/v6/job-executions/{path}")).status_code == 404


@pytest.mark.parametrize("path", ["", f"{EXECUTION}/", f"{EXECUTION}/logs/", "x/logs/stdout/"])
async def test_executions_have_no_other_addresses(stage: Stage, path: str) -> None:
    assert (await stage.client.get(f"/v6/job-executions/{path}")).status_code == 404


@pytest.mark.parametrize(("form", "count"), [("json", None), ("txt", 4501), ("html", 4503)])
async def test_a_long_log_is_given_whole_and_in_sequence(stage: Stage, form: str, count: int | None) -> None:
    answer = await stage.client.get(f"/v6/job-executions/{LONG}/logs/stdout/", format=form)
    if count is None:
        lines: list[dict[str, Any]] = answer.json()
        assert [line["scale_order_num"] for line in lines] == list(range(1, 4502))
    else:
        assert len(answer.text.split("\n")) == count


async def test_head_says_what_get_would(stage: Stage) -> None:
    answer = await stage.client.request("HEAD", f"{PATH}/stdout/", params={"format": "txt"})
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, "text/plain; charset=utf-8", b"")
