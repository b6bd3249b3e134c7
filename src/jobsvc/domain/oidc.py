"""Who a caller is by the claims of a token that a provider of identities has signed (OpenID Connect)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from jobsvc.domain.access import Principal, Role, Source, highest
from jobsvc.domain.errors import Forbidden, InvalidToken

LONGEST_NAME = 200
RULE = re.compile(r"(?P<value>.+)=(?P<role>viewer|submitter|operator|admin)(?::(?P<types>[^:=]+))?")
"""`value=role`, or `value=role:job-type+job-type`."""


class RoleRule(NamedTuple):
    """The role of those who have a value in their claim; with `job_types` to these job types alone."""

    value: str
    role: Role
    job_types: frozenset[str] | None = None


@dataclass(frozen=True)
class ClaimRules:
    """How claims become a caller.

    Args:
        name_claim: Which claim is the name; `sub` is it where that is missing.
        roles_claim: Which claim has the values of `rules`, with dots where it lies within others.
        rules: The roles by these values.
        default_role: The role of those who have none of the values; None: they may do nothing.
        source: How the caller is known.

    """

    name_claim: str
    roles_claim: str
    rules: Sequence[RoleRule] = ()
    default_role: Role | None = None
    source: Source = Source.OIDC

    def principal_of(self, claims: Mapping[str, Any]) -> Principal:
        """The caller.

        Raises:
            InvalidToken: The claims have no name.
            Forbidden: They give no role.
        """
        name = next(filter(is_name, (value_at(claims, self.name_claim), claims.get("sub"))), None)
        if name is None:
            raise InvalidToken("It does not say whose it is.")
        return self.principal(name, texts_at(claims, self.roles_claim))

    def principal(self, name: str, values: frozenset[str]) -> Principal:
        """The caller of a name with some values: the highest role counts, and what is limited about it.

        Raises:
            Forbidden: None of the values gives a role.
        """
        rules = [rule for rule in self.rules if rule.value in values]
        role = highest([rule.role for rule in rules]) or self.default_role
        if role is None:
            raise Forbidden(f"{name} is known, but has no role here.")
        limits = [rule.job_types for rule in rules if rule.role is role]
        is_limited = bool(limits) and None not in limits
        job_types = frozenset[str]().union(*filter(None, limits)) if is_limited else None
        return Principal(name, role, self.source, job_types=job_types)


def rule_of(text: str) -> RoleRule:
    """A rule as settings write it: `value=role`, or `value=role:job-type+job-type`.

    Raises:
        ValueError: It is none.
    """
    match = RULE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text} is not value=role, with one of the roles {', '.join(Role)}")
    types = match["types"]
    return RoleRule(match["value"], Role(match["role"]), frozenset(types.split("+")) if types else None)


def texts_at(claims: Mapping[str, Any], path: str) -> frozenset[str]:
    """The texts of a claim that is one or several of them; none of anything else."""
    value = value_at(claims, path)
    values = value if isinstance(value, list) else [value]
    return frozenset(item for item in values if isinstance(item, str))


def value_at(claims: Any, path: str) -> Any:
    """The value of a claim, which may lie within others; names of claims may have dots as well."""
    if not isinstance(claims, Mapping) or path in claims:
        return claims[path] if isinstance(claims, Mapping) else None
    dots = [place for place, letter in enumerate(path) if letter == "."]
    inner = (value_at(claims[path[:dot]], path[dot + 1 :]) for dot in dots if path[:dot] in claims)
    return next((value for value in inner if value is not None), None)


def is_name(value: object) -> bool:
    """Whether a value can be what a caller is called."""
    return isinstance(value, str) and value.isprintable() and bool(value.strip()) and len(value) <= LONGEST_NAME
