"""Tokens of the database: how long they let somebody in, and what they allow."""

from datetime import UTC, datetime, timedelta

import pytest

from jobsvc.domain.access import Permission, Principal, Role, Source
from jobsvc.domain.tokens import TokenItem

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TOKEN = TokenItem(1, "jane", "operator", None, None, NOW, None, None, None, None)


@pytest.mark.parametrize(
    ("expires", "revoked", "is_valid"),
    [
        (None, None, True),
        (NOW + SECOND, None, True),
        (NOW, None, False),
        (NOW - SECOND, None, False),
        (None, NOW - SECOND, False),
        (NOW + SECOND, NOW, False),
    ],
)
def test_a_token_is_valid_until_it_expires_or_is_revoked(
    expires: datetime | None, revoked: datetime | None, *, is_valid: bool
) -> None:
    assert TOKEN._replace(expires=expires, revoked=revoked).is_valid(NOW) is is_valid


def test_the_owner_of_a_token_is_who_it_was_given_to() -> None:
    assert TOKEN.principal == Principal("jane", Role.OPERATOR, Source.TOKEN, None, None)


def test_limits_are_those_of_the_token() -> None:
    limited = TOKEN._replace(scopes=["jobs:read", "long:gone"], job_types=["word-count", "word-count"])
    assert limited.principal.scopes == frozenset({Permission("jobs:read")})
    assert limited.principal.job_types == frozenset({"word-count"})


def test_no_scopes_allow_nothing() -> None:
    assert TOKEN._replace(scopes=[], job_types=[]).principal.scopes == frozenset()
