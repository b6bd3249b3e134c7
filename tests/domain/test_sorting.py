"""Orders of lists other than that of jobs."""

from enum import StrEnum

import pytest

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.sorting import BatchOrderField, ErrorOrderField, NodeOrderField, RecipeOrderField, SortKey, parse_sort


def test_keys_in_the_sequence_in_which_they_are_given() -> None:
    expected = (SortKey(BatchOrderField.TITLE, descending=True), SortKey(BatchOrderField.RECIPE_TYPE_ID))
    assert parse_sort(["-title", "recipe_type_id"], BatchOrderField) == expected


@pytest.mark.parametrize("fields", [ErrorOrderField, NodeOrderField, BatchOrderField, RecipeOrderField])
@pytest.mark.parametrize("values", [None, []])
def test_without_an_order_the_latest_change_comes_last(values: list[str] | None, fields: type[StrEnum]) -> None:
    assert parse_sort(values, fields) == (SortKey(fields("last_modified")),)


@pytest.mark.parametrize("name", ["recipe_type__title", "recipe_type.title"])
def test_a_column_of_another_thing_may_be_written_with_a_dot(name: str) -> None:
    assert parse_sort([name], RecipeOrderField) == (SortKey(RecipeOrderField.RECIPE_TYPE_TITLE),)


@pytest.mark.parametrize("value", ["", "-", "--id", "NAME", "hostname", "id,name"])
def test_what_results_cannot_be_ordered_by_is_refused(value: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^order: these results cannot be ordered by"):
        parse_sort(["id", value], ErrorOrderField)
