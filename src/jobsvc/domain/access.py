"""Who may do what: permissions, the roles that have them, and callers."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from pydantic import BaseModel

ANONYMOUS = "Anonymous"
"""What a caller is called who showed no credentials."""
NO_NAME = frozenset({""})
"""Of job types: none is called like this."""


class Permission(StrEnum):
    """What one may be allowed to do."""

    PROFILE_READ = "profile:read"
    JOBS_READ = "jobs:read"
    LOGS_READ = "logs:read"
    FILES_READ = "files:read"
    TYPES_READ = "types:read"
    SYSTEM_READ = "system:read"
    JOBS_SUBMIT = "jobs:submit"
    FILES_WRITE = "files:write"
    JOBS_OPERATE = "jobs:operate"
    SYSTEM_OPERATE = "system:operate"
    AUDIT_READ = "audit:read"
    WEBHOOKS_READ = "webhooks:read"
    TYPES_WRITE = "types:write"
    WORKSPACES_WRITE = "workspaces:write"
    TOKENS_MANAGE = "tokens:manage"
    WEBHOOKS_MANAGE = "webhooks:manage"


class Role(StrEnum):
    """What permissions are given out by; each has those of the ones before it."""

    VIEWER = "viewer"
    SUBMITTER = "submitter"
    OPERATOR = "operator"
    ADMIN = "admin"


_READ = {name for name in Permission if name.endswith(":read")} - {Permission.AUDIT_READ, Permission.WEBHOOKS_READ}
_SUBMIT = _READ | {Permission.JOBS_SUBMIT, Permission.FILES_WRITE}
_OPERATE = _SUBMIT | {Permission.JOBS_OPERATE, Permission.SYSTEM_OPERATE, Permission.AUDIT_READ, Permission.WEBHOOKS_READ}
PERMISSIONS = {
    Role.VIEWER: frozenset(_READ),
    Role.SUBMITTER: frozenset(_SUBMIT),
    Role.OPERATOR: frozenset(_OPERATE),
    Role.ADMIN: frozenset(Permission),
}


class Source(StrEnum):
    """How a caller is known."""

    NOBODY = "nobody"
    """Without credentials."""
    SETTING = "setting"
    TOKEN = "token"  # noqa: S105 - the kind of a credential
    OIDC = "oidc"
    PROXY = "proxy"


@dataclass(frozen=True)
class Principal:
    """A caller, and what it may do; with `job_types`, only to these job types, by their names, and what is of them."""

    name: str
    role: Role
    source: Source = Source.SETTING
    scopes: frozenset[Permission] | None = None
    """Only these of the role's permissions; all of them when None."""
    job_types: frozenset[str] | None = None

    @property
    def permissions(self) -> frozenset[Permission]:
        """What it may do; who it is, everybody may ask who is somebody."""
        granted = PERMISSIONS[self.role]
        if self.source is Source.NOBODY and self.role is Role.VIEWER:
            return granted - {Permission.PROFILE_READ}
        return granted if self.scopes is None else granted & (self.scopes | {Permission.PROFILE_READ})

    @property
    def may_change(self) -> bool:
        """Whether it may do anything but read."""
        return any(not name.endswith(":read") for name in self.permissions)


EVERYBODY = Principal(ANONYMOUS, Role.ADMIN, Source.NOBODY)
"""Whoever reaches a service that asks for no credentials, which only programs of its own host do."""
PUBLIC_READER = Principal(ANONYMOUS, Role.VIEWER, Source.NOBODY)
"""Who shows no credentials where reading is public."""


def digest_of(token: str) -> str:
    """What is stored of a token: SHA-256 is enough for secrets that are random."""
    return hashlib.sha256(token.encode()).hexdigest()


def highest(roles: Collection[Role]) -> Role | None:
    """The one of several roles that has the most permissions; None of none."""
    return max(roles, key=list(Role).index, default=None)


FilterT = TypeVar("FilterT", bound=BaseModel)


def limited(criteria: FilterT, job_types: frozenset[str] | None, field: str = "job_type_names") -> FilterT:
    """The filter, of which only what belongs to these job types is left; `field` is its criterion for their names.

    Raises:
        AttributeError: It has no such criterion.
    """
    if job_types is None:
        return criteria
    chosen = getattr(criteria, field)
    names = job_types if chosen is None else job_types & chosen
    # A set that is empty would be no condition to some readers.
    return criteria.model_copy(update={field: names or NO_NAME})
