"""How the mutation run changes SQL, and which tests it knows for a module."""

import pytest
from scripts.mutation.__main__ import module_tests
from scripts.mutation.operators import sql_mutants


@pytest.mark.parametrize(
    ("text", "mutants"),
    [
        ("SELECT 1 WHERE a < 2", ["SELECT 1 WHERE a <= 2", "SELECT 1 WHERE a > 2"]),
        ("SELECT 1 WHERE NOT EXISTS (x)", ["SELECT 1 WHERE EXISTS (x)"]),
        ("SELECT 1 WHERE a IS NOT NULL", ["SELECT 1 WHERE a IS NULL"]),
        ("SELECT 1 WHERE a AND b", ["SELECT 1 WHERE a OR b"]),
        ("SELECT 1 FOR UPDATE OF q SKIP LOCKED", ["SELECT 1 FOR UPDATE OF q", "SELECT 1 "]),
        ("SELECT 1 ORDER BY a, b DESC", ["SELECT 1 ORDER BY a, b ASC", "SELECT 1 ORDER BY b DESC"]),
        ("DELETE FROM x WHERE id = :id", ["DELETE FROM x WHERE id <> :id"]),
        ("a < b, and prose OR so", []),
    ],
)
def test_a_text_of_sql_is_changed_in_one_place_at_a_time(text: str, mutants: list[str]) -> None:
    assert list(sql_mutants(text)) == mutants


def test_a_module_has_the_module_tests_the_longest_path_that_it_lies_in() -> None:
    assert module_tests("src/jobsvc/domain/bulk.py") == "tests/domain"
    assert "tests/db/test_claims.py" in module_tests("src/jobsvc/db/claims.py")


def test_a_module_without_tests_is_said_so() -> None:
    with pytest.raises(SystemExit, match=r"No tests are known for src/jobsvc/wiring\.py: name some with --tests"):
        module_tests("src/jobsvc/wiring.py")
