"""The lists beside that of jobs are ordered by what they show."""

from enum import StrEnum
from typing import Any

import pytest
import pytest_asyncio

from jobsvc.api.v6.filters import BATCH_ORDER_ALIASES, RECIPE_ORDER_ALIASES
from jobsvc.domain.sorting import (
    BatchOrderField,
    ErrorOrderField,
    FileOrderField,
    NodeOrderField,
    RecipeOrderField,
    WorkspaceOrderField,
)
from tests.api.conftest import Stage
from tests.api.siblings.stock import fill
from tests.api.test_order_as_shown import key, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")
FIELDS: dict[str, type[StrEnum]] = {
    "batches": BatchOrderField,
    "errors": ErrorOrderField,
    "files": FileOrderField,
    "nodes": NodeOrderField,
    "recipes": RecipeOrderField,
    "workspaces": WorkspaceOrderField,
}
SHOWN = {
    "batch_id": "batch__id",
    "job_exe_id": "job_exe__id",
    "job_id": "job__id",
    "recipe_id": "recipe__id",
    "recipe_type_id": "recipe_type__id",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def ids(stage: Stage) -> dict[str, int]:
    return await fill(stage.make)


@pytest.mark.parametrize(("resource", "field"), [(name, field) for name, fields in FIELDS.items() for field in fields])
async def test_a_list_is_ordered_by_what_it_shows(stage: Stage, resource: str, field: str) -> None:
    path = tuple(SHOWN.get(field, field).split("__"))
    for dash in ("", "-"):
        answer = await stage.client.get(f"/v6/{resource}/", order=f"{dash}{field}")
        assert answer.status_code == 200, answer.text
        values: list[Any] = [key(shown(item, path)) for item in answer.json()["results"]]
        assert len(values) > 1
        assert values == sorted(values, reverse=dash == "-")


@pytest.mark.parametrize(("resource", "aliases"), [("batches", BATCH_ORDER_ALIASES), ("recipes", RECIPE_ORDER_ALIASES)])
async def test_the_other_names_order_alike(stage: Stage, resource: str, aliases: dict[str, str]) -> None:
    for alias, field in aliases.items():
        one, other = [(await stage.client.get(f"/v6/{resource}/", order=f"-{name}")).json() for name in (alias, field)]
        assert one["results"] == other["results"], alias


@pytest.mark.parametrize("resource", FIELDS)
async def test_what_there_is_not_is_answered_with_what_there_is(stage: Stage, resource: str) -> None:
    answer = await stage.client.get(f"/v6/{resource}/", order="colour")
    assert answer.status_code == 400
    assert set(FIELDS[resource]) <= set(answer.json()["detail"].rpartition(" by ")[2].rstrip(".").split(", "))
