"""A criterion is declared once: a field of the filter and its clause make everything that callers can say.

See docs/development/add-a-filter.md.
"""

import ast
import importlib.util
import json
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import pytest
import typer
from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field
from typer.testing import CliRunner

from jobsvc.api.context import json_response, services_of
from jobsvc.api.criteria import Selection, body_names, filter_from_query, query_names, selection_of
from jobsvc.api.generations import Generation
from jobsvc.api.openapi import describe
from jobsvc.api.permissions import requires
from jobsvc.app import bare_app
from jobsvc.cli.selection import SPELLINGS, with_criteria
from jobsvc.db.clauses import JOB_CLAUSES, Clause, flag, ids, since, until
from jobsvc.db.tables import JobRow
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.paging import PageRequest
from jobsvc.domain.spelling import singular
from jobsvc.domain.status import BulkKind
from jobsvc.services.bulk import BulkRequest
from scripts import make_client_queries
from tests.api import rows
from tests.api.conftest import Stage
from tests.api.test_request_bodies import OPERATIONS
from tests.support import Client

SOURCES = Path(__file__).parents[2] / "src" / "jobsvc"


class Extended(JobFilter):
    """The filter with more criteria of every kind: the fields, and the clauses below, are all that is written for them."""

    try_limits: frozenset[int] | None = Field(None, description="Only jobs with this limit of attempts.")
    queued_started: datetime | None = Field(None, description="The start of the time range of the last queueing.")
    queued_ended: datetime | None = Field(None, description="The end of the time range of the last queueing.")
    changed_until: datetime | None = Field(None, description="Only jobs that did not change after this time.")
    is_replaced: bool | None = Field(None, description="Only jobs that were replaced, or were not.")


@pytest.fixture(autouse=True)
def clause(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SQL of the criteria."""
    added: dict[str, Clause] = {
        "try_limits": ids(JobRow.max_tries),
        "queued_started": since(JobRow.queued),
        "queued_ended": until(JobRow.queued),
        "changed_until": until(JobRow.last_modified),
        "is_replaced": flag(JobRow.is_superseded),
    }
    for name, item in added.items():
        monkeypatch.setitem(JOB_CLAUSES, name, item)


QUERY, BODY = query_names(Extended), body_names(Extended, spelled={"statuses": "status"})
Listed = Annotated[Extended, Depends(filter_from_query(Extended, QUERY))]
router = APIRouter()


# A base that is made while it runs has no type.
class Selected(selection_of(Extended, BODY)):  # type: ignore[misc]
    """Which jobs."""


@router.get("/listed/", operation_id="listed")
@requires(None)
async def listed(request: Request, criteria: Listed) -> Response:
    page = await services_of(request).v3_jobs.with_executions(criteria, (), PageRequest())
    return json_response([job.item.job.id for job in page.items])


@router.post("/selected/", operation_id="selected")
@requires(None)
async def selected(request: Request, selection: Annotated[Selected, Depends(Selected.read)]) -> Response:
    services = services_of(request)
    criteria = selection.criteria(services.clock(), services.options)
    preview = await services.bulk.preview(BulkRequest(BulkKind.CANCEL, criteria))
    return json_response([item.job.id for item in preview.sample])


@pytest.mark.asyncio(loop_scope="module")
async def test_it_selects_rows_by_the_query_and_by_the_body(stage: Stage) -> None:
    kind = await stage.make.job_type()
    _, few = [await rows.job_row(stage.make, kind, max_tries=number) for number in (3, 11)]
    late = {"queued": rows.hour(5), "is_superseded": True, "superseded": rows.T0}
    many = await rows.job_row(stage.make, kind, max_tries=12, last_modified=rows.T0, **late)
    app = bare_app({})
    app.include_router(router)
    app.state.services = stage.services
    async with Client(app) as client:
        for query, expected in (("try_limit=12", [many]), ("try_limit=12&try_limit=11", [few, many]), ("try_limit=9", [])):
            assert sorted(await answer(client, "GET", f"/listed/?{query}")) == expected
        for others in OTHERS:
            assert await answer(client, "GET", "/listed/", params=others) == [many]
            assert await answer(client, "POST", "/selected/", json=others) == [many]
        for wrong in REFUSED:
            by_query = await client._http.get("/listed/", params=wrong)
            by_body = await client._http.post("/selected/", json=wrong)
            for refused in (by_query, by_body):
                assert (refused.status_code, refused.json()["detail"].partition(":")[0]) == (400, next(iter(wrong)))
        for body, chosen in (({"try_limits": [12]}, [many]), ({"try_limits": "11"}, [few]), ({"try_limits": [9]}, [])):
            assert await answer(client, "POST", "/selected/", json=body) == chosen


OTHERS: list[dict[str, Any]] = [
    {"queued_started": "2020-01-01T04:00:00Z"},
    {"queued_started": "2020-01-01T04:00:00Z", "queued_ended": "2020-01-01T06:00:00Z"},
    {"changed_until": "2020-01-02T00:00:00Z"},
    {"is_replaced": True},
]
REFUSED = [
    {"queued_started": "x"},
    {"queued_started": "PT1H", "queued_ended": "PT2H"},
    {"changed_until": "x"},
    {"is_replaced": "x"},
]


async def answer(client: Client, method: str, path: str, **options: Any) -> Any:
    """What an operation says that no document of the service describes."""
    response = await client._http.request(method, path, **options)
    assert response.status_code == 200, response.text
    return response.json()


def test_openapi_describes_it() -> None:
    document = describe(Generation("extended", (router,), ""))
    parameters = {item["name"]: item for item in document["paths"]["/listed/"]["get"]["parameters"]}
    assert parameters["try_limit"]["description"].startswith("Only jobs with this limit of attempts.")
    assert parameters["try_limit"]["schema"] == {"type": "array", "items": {"type": "integer", "format": "int64"}}
    member = document["components"]["schemas"]["Selected"]["properties"]["try_limits"]
    assert member["description"] == "Only jobs with this limit of attempts."
    assert member["items"] == {"type": "integer", "format": "int64"}


@pytest.fixture
def queries(tmp_path: Path) -> ModuleType:
    """What would be generated for the client."""
    path = tmp_path / "queries.py"
    path.write_text(make_client_queries.text(Extended, QUERY, BODY))
    spec = importlib.util.spec_from_file_location("queries", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_client_takes_it(queries: ModuleType) -> None:
    assert queries.JobQuery.__annotations__["try_limit"].__origin__ == list[int]
    assert queries.JobSelection.__annotations__["try_limits"].__origin__ == list[int]


@pytest.mark.parametrize(("query", "member"), [("JobQuery", "try_limit"), ("JobSelection", "try_limits")])
def test_the_command_line_has_an_option(queries: ModuleType, query: str, member: str) -> None:
    app = typer.Typer(rich_markup_mode=None)

    @app.command()
    @with_criteria(getattr(queries, query), without={"order"})
    def command(*, criteria: dict[str, Any]) -> None:
        typer.echo(json.dumps(criteria))

    called = CliRunner().invoke(app, ["--try-limit", "2", "--try-limit", "3", "--not-superseded"])
    assert json.loads(called.stdout) == {member: [2, 3], "is_superseded": False}
    others = CliRunner().invoke(
        app, ["--queued-started", "PT1H", "--queued-ended", "PT0S", "--changed-until", "PT0S", "--replaced"]
    )
    assert json.loads(others.stdout) == {
        "queued_started": "PT1H",
        "queued_ended": "PT0S",
        "changed_until": "PT0S",
        "is_replaced": True,
    }
    assert "Only jobs with this limit of attempts." in " ".join(CliRunner().invoke(app, ["--help"]).stdout.split())


def strings(node: ast.AST) -> list[str]:
    return [item.value for item in ast.walk(node) if isinstance(item, ast.Constant) and isinstance(item.value, str)]


def exceptions(generation: str, name: str) -> int:
    """How many statements of a generation say of a criterion for jobs that it is not there, or is spelled otherwise."""
    module = ast.parse((SOURCES / "api" / generation / "filters.py").read_text())
    statements = [node for node in module.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp | ast.Call)]
    about_jobs = [node for node in statements if not {"ExecutionFilter", "FileFilter", "JobTypeFilter"} & set(names(node))]
    return sum(name in strings(node.value) for node in about_jobs if "OF_ONE_JOB" not in names(node))


def names(node: ast.AST) -> list[str]:
    return [item.id for item in ast.walk(node) if isinstance(item, ast.Name)]


@pytest.mark.parametrize("name", JobFilter.model_fields)
def test_an_existing_criterion_is_declared_in_its_filter_and_its_clause_and_has_a_line_where_it_differs(name: str) -> None:
    filters = ast.parse((SOURCES / "domain" / "filters.py").read_text())
    (declared,) = [node for node in filters.body if isinstance(node, ast.ClassDef) and node.name == "JobFilter"]
    fields = [node.target.id for node in declared.body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)]
    assert fields.count(name) == 1
    assert clause_keys().count(name) == 1
    differing = {"v3": exceptions("v3", name), "v6": exceptions("v6", name), "cli": int(singular(name) in SPELLINGS)}
    assert max(differing.values()) <= 1, differing


def clause_keys() -> list[str]:
    """The keys that are written out for the clauses of jobs."""
    module = ast.parse((SOURCES / "db" / "clauses.py").read_text())
    written = [
        node
        for node in module.body
        if (isinstance(node, ast.FunctionDef) and node.name in {"_range", "_source"})
        or (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "JOB_CLAUSES")
    ]
    dictionaries = [item for node in written for item in ast.walk(node) if isinstance(item, ast.Dict)]
    return [
        key.value for item in dictionaries for key in item.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)
    ]


def test_no_body_and_no_command_names_a_criterion_by_itself() -> None:
    spelled = {*JobFilter.model_fields, *map(singular, JobFilter.model_fields)}
    kinds = {kind for operation in OPERATIONS if issubclass(operation.model, Selection) for kind in operation.model.__mro__}
    by_hand = {kind for kind in kinds if kind.__module__.startswith("jobsvc.api.v")}
    assert {kind.__name__ for kind in by_hand} == {"CancelJobs", "RequeueJobs", "BulkRequest", "RequeueRequest"}
    assert {name for kind in by_hand for name in vars(kind)["__annotations__"]} & spelled == set()
    commands = ast.parse((SOURCES / "cli" / "bulk.py").read_text()), ast.parse((SOURCES / "cli" / "jobs.py").read_text())
    taken = {node.arg for module in commands for node in ast.walk(module) if isinstance(node, ast.arg)}
    assert taken & spelled == {"job_ids", "job_id"}
