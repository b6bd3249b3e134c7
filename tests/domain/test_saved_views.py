"""Which names and queries a view may have, and who may change it."""

from datetime import UTC, datetime

import pytest

from jobsvc.domain.access import Principal, Role
from jobsvc.domain.errors import Forbidden, InvalidRequest
from jobsvc.domain.saved_views import MOST_QUERY, SavedView, check_owner, check_view

VIEW = SavedView("failures", "status=FAILED", datetime(2026, 1, 1, tzinfo=UTC), "jane")


@pytest.mark.parametrize("name", ["x", "my failures", "Fehler über Nacht", "9 of 10", "x" * 100])
def test_names_are_words_of_people(name: str) -> None:
    check_view(name, "status=FAILED&started=")


@pytest.mark.parametrize("name", ["", " x", "x ", "a/b", "a\nb", "a\0", "a\x7f", "_x", "x" * 101])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequest, match="name: "):
        check_view(name, "")


@pytest.mark.parametrize("query", ["a b", "a#b", "\n", '"', "ü", "x" * (MOST_QUERY + 1)])
def test_what_is_no_query_is_refused(query: str) -> None:
    with pytest.raises(InvalidRequest, match="query: "):
        check_view("x", query)


def test_the_owner_and_operators_may_change_a_view() -> None:
    for principal in (Principal("jane", Role.SUBMITTER), Principal("joe", Role.OPERATOR)):
        check_owner(VIEW, principal)
    with pytest.raises(Forbidden, match="that of jane"):
        check_owner(VIEW, Principal("joe", Role.SUBMITTER))
