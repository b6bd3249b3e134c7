"""How claims become a caller."""

import pytest

from jobsvc.domain.access import Role
from jobsvc.domain.errors import Forbidden, InvalidToken
from jobsvc.domain.oidc import ClaimRules, RoleRule, rule_of, value_at

RULES = [rule_of(text) for text in ("ops=operator", "a=submitter:x+y", "b=submitter:z", "c=submitter", "v=viewer", "d=viewer:x")]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("ops=operator", RoleRule("ops", Role.OPERATOR)),
        ("cn=ops=admin", RoleRule("cn=ops", Role.ADMIN)),
        ("/a/b=viewer:x", RoleRule("/a/b", Role.VIEWER, frozenset({"x"}))),
        ("a:b=viewer:x+y", RoleRule("a:b", Role.VIEWER, frozenset({"x", "y"}))),
    ],
)
def test_a_rule_is_read(text: str, rule: RoleRule) -> None:
    assert rule_of(text) == rule


@pytest.mark.parametrize("text", ["", "ops", "=admin", "ops=root", "ops=viewer:", "ops=Viewer", "ops=viewer:x:y"])
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not value=role"):
        rule_of(text)


@pytest.mark.parametrize(
    ("values", "role", "job_types"),
    [
        ({"ops", "a"}, Role.OPERATOR, None),
        ({"a"}, Role.SUBMITTER, {"x", "y"}),
        ({"a", "b", "v"}, Role.SUBMITTER, {"x", "y", "z"}),
        ({"a", "c"}, Role.SUBMITTER, None),
        ({"d"}, Role.VIEWER, {"x"}),
        (set(), Role.VIEWER, None),
    ],
)
def test_the_highest_role_counts_and_what_is_limited_about_it(values: set[str], role: Role, job_types: set[str] | None) -> None:
    principal = ClaimRules("name", "roles", RULES, Role.VIEWER).principal("jane", frozenset(values))
    assert (principal.role, principal.job_types) == (role, job_types)


def test_without_a_role_or_a_name_nobody_comes_in() -> None:
    rules = ClaimRules("name", "roles", RULES)
    with pytest.raises(Forbidden, match="jane"):
        rules.principal_of({"name": "jane", "roles": ["x"]})
    for name in ("", " ", "a\nb", "x" * 201, 7, None):
        with pytest.raises(InvalidToken):
            rules.principal_of({"name": name, "sub": name, "roles": ["ops"]})


@pytest.mark.parametrize(
    ("claims", "path", "value"),
    [
        ({"a": 1}, "a", 1),
        ({"a": {"b": 1}}, "a.b", 1),
        ({"a.b": 1, "a": {"b": 2}}, "a.b", 1),
        ({"a": {"b.c": {"d": 1}}}, "a.b.c.d", 1),
        ({"a": {"x": 1}, "a.b": {"c": 2}}, "a.b.c", 2),
        ({"a": 1}, "a.b", None),
        ({"a": None}, "b", None),
        ([1], "a", None),
    ],
)
def test_a_claim_may_lie_within_others(claims: object, path: str, value: object) -> None:
    assert value_at(claims, path) == value
