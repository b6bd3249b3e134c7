"""Every criterion and every order has its SQL, and every spelling means something."""

from collections.abc import Mapping
from enum import StrEnum

import pytest
from pydantic import BaseModel

from jobsvc.api.v3 import filters as v3
from jobsvc.api.v6 import filters as v6
from jobsvc.db import clauses as sql
from jobsvc.db.batches import BATCH_ORDER
from jobsvc.db.clauses import EXECUTION_CLAUSES, FILE_CLAUSES, FILE_TIMES, JOB_CLAUSES, JOB_TYPE_CLAUSES, Clause, where
from jobsvc.db.errors import ERROR_ORDER
from jobsvc.db.file_pages import FILE_ORDER
from jobsvc.db.job_sorting import JOB_ORDER
from jobsvc.db.nodes import NODE_ORDER
from jobsvc.db.recipes import RECIPE_ORDER
from jobsvc.db.v3.executions import V3_EXECUTION_CLAUSES, V3_EXECUTION_ORDER
from jobsvc.db.workspaces import WORKSPACE_ORDER
from jobsvc.domain.filters import (
    BatchFilter,
    ErrorFilter,
    ExecutionFilter,
    FileFilter,
    JobFilter,
    JobTypeFilter,
    NodeFilter,
    RecipeFilter,
    RecipeTypeFilter,
    WorkspaceFilter,
)
from jobsvc.domain.job_sorting import JobOrderField
from jobsvc.domain.sorting import (
    BatchOrderField,
    ErrorOrderField,
    ExecutionOrderField,
    FileOrderField,
    NodeOrderField,
    RecipeOrderField,
    WorkspaceOrderField,
)

CLAUSES: list[tuple[type[BaseModel], Mapping[str, Clause]]] = [
    (JobFilter, JOB_CLAUSES),
    (ExecutionFilter, EXECUTION_CLAUSES),
    (ExecutionFilter, V3_EXECUTION_CLAUSES),
    (JobTypeFilter, JOB_TYPE_CLAUSES),
    (ErrorFilter, sql.ERROR_CLAUSES),
    (NodeFilter, sql.NODE_CLAUSES),
    (BatchFilter, sql.BATCH_CLAUSES),
    (RecipeFilter, sql.RECIPE_CLAUSES),
    (RecipeTypeFilter, sql.RECIPE_TYPE_CLAUSES),
    (WorkspaceFilter, sql.WORKSPACE_CLAUSES),
]
NOT_ALONE = {"started", "ended", "time_field", "input_of_job", "job_input"}
"""Criteria for files that make a clause together with another one."""
SPELLINGS: list[tuple[type[BaseModel], Mapping[str, str]]] = [
    (JobFilter, v6.JOB_LIST),
    (JobFilter, v6.JOB_BULK),
    (ExecutionFilter, v6.EXECUTIONS),
    (FileFilter, v6.INPUT_FILES),
    (FileFilter, v6.FILES),
    (JobTypeFilter, v6.JOB_TYPES),
    (JobTypeFilter, v6.JOB_TYPE_STATUS),
    (JobTypeFilter, v6.JOB_TYPE_LOAD),
]


@pytest.mark.parametrize(("kind", "clauses"), CLAUSES)
def test_every_criterion_has_one_clause(kind: type[BaseModel], clauses: Mapping[str, Clause]) -> None:
    assert set(clauses) == set(kind.model_fields)


def test_every_criterion_for_files_has_one_clause() -> None:
    assert set(FILE_CLAUSES) | NOT_ALONE == set(FileFilter.model_fields)
    assert not set(FILE_CLAUSES) & NOT_ALONE
    assert FileFilter().time_field in FILE_TIMES


def test_a_criterion_without_a_clause_is_never_ignored() -> None:
    with pytest.raises(KeyError):
        where({}, JobFilter(is_superseded=False))


def test_every_order_has_its_column() -> None:
    assert set(JOB_ORDER) == set(JobOrderField)


@pytest.mark.parametrize(
    ("fields", "columns"),
    [
        (ErrorOrderField, ERROR_ORDER),
        (ExecutionOrderField, V3_EXECUTION_ORDER),
        (NodeOrderField, NODE_ORDER),
        (BatchOrderField, BATCH_ORDER),
        (RecipeOrderField, RECIPE_ORDER),
        (FileOrderField, FILE_ORDER),
        (WorkspaceOrderField, WORKSPACE_ORDER),
    ],
)
def test_every_order_of_another_list_has_its_column(fields: type[StrEnum], columns: Mapping[StrEnum, object]) -> None:
    assert set(columns) == set(fields)


@pytest.mark.parametrize(("kind", "names"), SPELLINGS)
def test_every_name_means_a_criterion(kind: type[BaseModel], names: Mapping[str, str]) -> None:
    assert set(names.values()) <= set(kind.model_fields)


def test_no_table_of_names_is_left_out() -> None:
    tables = {name for name, value in vars(v6).items() if name.isupper() and isinstance(value, dict)}
    known = [names for _, names in SPELLINGS]
    assert {name for name in tables if getattr(v6, name) not in known} == {
        "ORDER_ALIASES",
        "BATCH_ORDER_ALIASES",
        "RECIPE_ORDER_ALIASES",
    }


@pytest.mark.parametrize(
    ("aliases", "fields"),
    [
        (v6.ORDER_ALIASES, JobOrderField),
        (v3.ORDER_ALIASES, JobOrderField),
        (v3.EXECUTION_ORDER_ALIASES, ExecutionOrderField),
        (v6.BATCH_ORDER_ALIASES, BatchOrderField),
        (v6.RECIPE_ORDER_ALIASES, RecipeOrderField),
    ],
)
def test_every_alias_means_an_order(aliases: Mapping[str, str], fields: type[StrEnum]) -> None:
    assert set(aliases.values()) <= set(fields)


@pytest.mark.parametrize(("alias", "field"), v6.ORDER_ALIASES.items())
def test_an_alias_means_an_order_and_hides_none(alias: str, field: str) -> None:
    assert JobOrderField(field)
    assert alias not in set(JobOrderField)
