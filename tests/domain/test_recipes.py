"""What a recipe's definition says of its nodes."""

from typing import Any

import pytest

from jobsvc.domain.recipes import dependencies_of, job_types_of, recipe_types_of

DEFINITION: dict[str, Any] = {
    "input": {"files": [], "json": []},
    "nodes": {
        "a": {"dependencies": [], "node_type": {"node_type": "job", "job_type_name": "echo", "job_type_version": "1.0.0"}},
        "b": {"dependencies": [{"name": "a"}], "node_type": {"node_type": "recipe", "recipe_type_name": "inner"}},
        "c": {"dependencies": [{"name": "a"}, {"name": "b"}], "node_type": {"node_type": "condition"}},
    },
}
OLDER: dict[str, Any] = {
    "version": "1.0",
    "jobs": [
        {"name": "a", "job_type": {"name": "echo", "version": "1.0.0"}},
        {"name": "b", "job_type": {"name": "echo", "version": "2.0"}, "dependencies": [{"name": "a", "connections": []}]},
    ],
}
ODD: list[dict[str, Any]] = [
    {},
    {"nodes": []},
    {"nodes": {"a": None}},
    {"jobs": {"a": {}}},
    {"jobs": ["a", {"name": "a"}, {"name": "a", "job_type": "echo"}, {"name": ["a"], "job_type": {"name": "echo"}}]},
    {"nodes": {"a": {"dependencies": "b", "node_type": "job"}}},
    {"nodes": {"a": {"dependencies": ["b", {}, {"name": 1}], "node_type": {"job_type_name": 1, "recipe_type_name": 2}}}},
]


def test_what_a_node_waits_for() -> None:
    assert [dependencies_of(DEFINITION, name) for name in "abcd"] == [[], [{"name": "a"}], [{"name": "a"}, {"name": "b"}], []]


def test_what_stands_at_the_nodes() -> None:
    assert job_types_of(DEFINITION) == {("echo", "1.0.0")}
    assert recipe_types_of(DEFINITION) == {"inner"}


def test_the_jobs_of_an_older_definition() -> None:
    assert [dependencies_of(OLDER, name) for name in "abc"] == [[], [{"name": "a"}], []]
    assert (job_types_of(OLDER), recipe_types_of(OLDER)) == ({("echo", "1.0.0"), ("echo", "2.0")}, set())


@pytest.mark.parametrize("definition", ODD)
def test_what_is_written_otherwise_is_passed_over(definition: dict[str, Any]) -> None:
    assert dependencies_of(definition, "a") == []
    assert (job_types_of(definition), recipe_types_of(definition)) == (set(), set())
