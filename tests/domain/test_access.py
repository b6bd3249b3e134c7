"""Who may do what."""

import itertools

import pytest

from jobsvc.domain.access import (
    EVERYBODY,
    NO_NAME,
    PERMISSIONS,
    PUBLIC_READER,
    Permission,
    Principal,
    Role,
    digest_of,
    highest,
    limited,
)
from jobsvc.domain.filters import JobFilter, JobTypeFilter

READING = {name for name in Permission if name.endswith(":read")} - {Permission.AUDIT_READ, Permission.WEBHOOKS_READ}


def test_each_role_has_what_the_one_before_it_has() -> None:
    sets = [PERMISSIONS[role] for role in Role]
    assert all(less < more for less, more in itertools.pairwise(sets))
    assert sets[0] == READING
    assert sets[-1] == set(Permission)


def test_only_administrators_change_what_runs_where() -> None:
    given_out = PERMISSIONS[Role.ADMIN] - PERMISSIONS[Role.OPERATOR]
    manage = {Permission.TOKENS_MANAGE, Permission.WEBHOOKS_MANAGE}
    assert given_out == {Permission.TYPES_WRITE, Permission.WORKSPACES_WRITE} | manage


@pytest.mark.parametrize(
    ("principal", "may_change"),
    [
        (EVERYBODY, True),
        (PUBLIC_READER, False),
        (Principal("jane", Role.VIEWER), False),
        (Principal("jane", Role.SUBMITTER), True),
        (Principal("jane", Role.ADMIN, scopes=frozenset({Permission.JOBS_READ, Permission.AUDIT_READ})), False),
        (Principal("jane", Role.VIEWER, scopes=frozenset({Permission.JOBS_OPERATE})), False),
    ],
)
def test_who_may_change_something_is_staff(principal: Principal, *, may_change: bool) -> None:
    assert principal.may_change is may_change


def test_scopes_take_away_and_never_add() -> None:
    scopes = frozenset({Permission.JOBS_READ, Permission.TYPES_WRITE})
    assert Principal("jane", Role.OPERATOR, scopes=scopes).permissions == {Permission.JOBS_READ, Permission.PROFILE_READ}


def test_nobody_has_no_profile() -> None:
    assert PUBLIC_READER.permissions == READING - {Permission.PROFILE_READ}
    assert EVERYBODY.permissions == set(Permission)


@pytest.mark.parametrize(
    ("roles", "expected"),
    [((), None), ((Role.VIEWER,), Role.VIEWER), ((Role.OPERATOR, Role.ADMIN, Role.VIEWER), Role.ADMIN)],
)
def test_of_several_roles_the_highest_counts(roles: tuple[Role, ...], expected: Role | None) -> None:
    assert highest(roles) is expected


@pytest.mark.parametrize(
    ("asked", "job_types", "expected"),
    [
        (None, None, None),
        ({"a"}, None, {"a"}),
        (None, {"a", "b"}, {"a", "b"}),
        ({"a", "c"}, {"a", "b"}, {"a"}),
        ({"c"}, {"a"}, NO_NAME),
        (None, set(), NO_NAME),
        (set(), {"a"}, NO_NAME),
    ],
)
def test_a_filter_is_limited_to_job_types(asked: set[str] | None, job_types: set[str] | None, expected: set[str] | None) -> None:
    allowed = None if job_types is None else frozenset(job_types)
    names = None if asked is None else frozenset(asked)
    assert limited(JobFilter(job_type_names=names), allowed).job_type_names == expected
    assert limited(JobTypeFilter(names=names), allowed, "names").names == expected


def test_a_filter_without_the_criterion_is_an_error_and_never_unlimited() -> None:
    with pytest.raises(AttributeError):
        limited(JobTypeFilter(), frozenset({"a"}))


def test_a_token_is_stored_as_its_digest() -> None:
    assert digest_of("secret") == "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
