"""Tokens that are kept in the database: who they belong to, and what they allow."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from jobsvc.domain.access import Permission, Principal, Role, Source

PREFIX = "jobsvc_"
"""What these tokens begin with: others are not looked for in the database."""


class TokenInsert(NamedTuple):
    """A token as it is stored: its digest, never itself."""

    name: str
    digest: str
    role: Role
    scopes: Sequence[str] | None = None
    job_types: Sequence[str] | None = None
    expires: datetime | None = None
    created_by: str | None = None


class TokenItem(NamedTuple):
    """A token that was given out."""

    id: int
    name: str
    role: str
    scopes: Sequence[str] | None
    job_types: Sequence[str] | None
    created: datetime
    created_by: str | None
    expires: datetime | None
    revoked: datetime | None
    last_used: datetime | None

    def is_valid(self, now: datetime) -> bool:
        """Whether it lets its owner in at this moment."""
        return self.revoked is None and (self.expires is None or now < self.expires)

    @property
    def principal(self) -> Principal:
        """Its owner; scopes that no release knows any more allow nothing."""
        known = {name.value for name in Permission}
        scopes = None if self.scopes is None else frozenset(Permission(name) for name in self.scopes if name in known)
        job_types = None if self.job_types is None else frozenset(self.job_types)
        return Principal(self.name, Role(self.role), Source.TOKEN, scopes, job_types)
