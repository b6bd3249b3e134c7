"""Callers whom a gateway has let in: it says who they are in headers, which count from trusted gateways alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from starlette.types import Scope

from jobsvc.api.hosts import is_trusted
from jobsvc.domain.access import Principal
from jobsvc.domain.errors import InvalidToken
from jobsvc.domain.oidc import ClaimRules, is_name


@dataclass(frozen=True)
class ProxyIdentity:
    """Which headers say who calls.

    Args:
        user_header: The one with the name, in lower case.
        roles_header: The one with the values that give roles, separated by commas; None: there is none.
        rules: The roles by these values.

    """

    user_header: str
    roles_header: str | None
    rules: ClaimRules

    @property
    def headers(self) -> frozenset[str]:
        """All that say something of the caller."""
        return frozenset({self.user_header, self.roles_header or self.user_header})

    def principal_of(self, scope: Scope, proxies: Sequence[IPv4Network | IPv6Network]) -> Principal | None:
        """The caller; None when no trusted gateway says who it is.

        Raises:
            InvalidToken: It says so in a way that leaves doubts.
            Forbidden: The caller has no role.
        """
        names = _values(scope, self.user_header)
        if not any(names) or not is_trusted(scope, proxies):
            return None
        if len(names) > 1 or not is_name(names[0]):
            # Perhaps one was sent by the client, and the gateway has put its own beside it.
            raise InvalidToken(f"The gateway has to send one {self.user_header} header, with a name in it.")
        roles = _values(scope, self.roles_header) if self.roles_header else []
        return self.rules.principal(names[0], frozenset(part.strip() for value in roles for part in value.split(",")))


def _values(scope: Scope, name: str) -> list[str]:
    return [_text(value).strip() for header, value in scope["headers"] if header == name.encode()]


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
