"""Who calls: what a request shows of credentials, and whom they belong to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from typing import TYPE_CHECKING, Self

from fastapi import Request, Response
from starlette.datastructures import Headers
from starlette.types import Scope

from jobsvc.api.problems import problem_response
from jobsvc.api.proxy_identity import ProxyIdentity
from jobsvc.domain.access import EVERYBODY, PUBLIC_READER, Principal, Role, digest_of
from jobsvc.domain.errors import Forbidden, IdentityUnavailable, InvalidToken
from jobsvc.domain.tokens import PREFIX
from jobsvc.services.tokens import TokenService

if TYPE_CHECKING:
    from jobsvc.services.oidc.sign_in import CodeFlow
    from jobsvc.services.oidc.tokens import TokenVerifier

NO_CREDENTIALS = "Authentication credentials were not provided or are not valid (Authorization: Bearer <token>)."
SCHEMES = frozenset({"bearer", "token"})
UNAUTHORIZED = 401
FORBIDDEN = 403
UNAVAILABLE = 503
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="jobsvc"'}


class Refusal(Exception):
    """A request is refused before anything of it is looked at; without a status, with that of its operation."""

    def __init__(
        self,
        detail: str = NO_CREDENTIALS,
        status: int | None = None,
        challenge: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = FORBIDDEN if status is None else status
        self._is_open = status is None
        self._challenge = challenge
        self._headers = headers or {}

    @property
    def is_about_credentials(self) -> bool:
        """Whether those that were shown are nobody's, or none were."""
        return self._is_open or self.status == UNAUTHORIZED

    def with_status(self, status: int) -> "Refusal":
        """The same with the status that an operation has for missing credentials, when it is about them."""
        return Refusal(self.detail, status, self._challenge) if self._is_open else self

    def response(self, scope: Scope) -> Response:
        """The answer."""
        challenge = {"WWW-Authenticate": CHALLENGE["WWW-Authenticate"] + self._challenge}
        headers = {UNAUTHORIZED: challenge, UNAVAILABLE: {"Retry-After": "5"}}.get(self.status, {})
        return problem_response(scope, self.detail, self.status, {**headers, **self._headers})


@dataclass(frozen=True)
class AccessOptions:
    """Whom an installation lets in.

    Args:
        principals: The owners of the setting's tokens, by the digests of these.
        is_open: Whether nobody needs credentials.
        is_public: Whether nobody needs credentials to read.
        oidc: Says whose the tokens of a provider of identities are; None: nobody's.
        sign_in: Lets browsers sign in there; None: they cannot.
        proxy: Reads who calls from what a trusted gateway says; None: it says nothing of that.

    """

    principals: Mapping[str, Principal] = field(default_factory=dict)
    is_open: bool = False
    is_public: bool = False
    oidc: "TokenVerifier | None" = None
    sign_in: "CodeFlow | None" = None
    proxy: ProxyIdentity | None = None

    @classmethod
    def of_tokens(cls, tokens: Mapping[str, str]) -> Self:
        """Administrators by their names and the digests of their tokens; without any everybody is let in."""
        return cls({digest: Principal(name, Role.ADMIN) for name, digest in tokens.items()}, is_open=not tokens)


class Identifier:
    """Says who calls."""

    def __init__(self, options: AccessOptions, proxies: Sequence[IPv4Network | IPv6Network] = ()) -> None:
        self._options = options
        self._proxies = proxies

    async def principal_of(self, scope: Scope) -> Principal:
        """The owner of the credentials of a request.

        Raises:
            Refusal: There are none, or they are nobody's.
        """
        headers = Headers(scope=scope)
        if self._options.is_open and not bearer_token(headers.get("authorization", "")).startswith(PREFIX):
            return EVERYBODY
        token = bearer_token(headers.get("authorization", ""))
        # What is shown to the service itself counts for more than what a gateway says.
        if not token and (principal := self._let_in_by_proxy(scope)) is not None:
            return principal
        if self._options.is_public and "authorization" not in headers:
            return PUBLIC_READER
        # By the digest: how long it takes to find says nothing of the token.
        principal = self._options.principals.get(digest_of(token)) if token else None
        if principal is None and token.startswith(PREFIX):
            principal = await _tokens(scope).principal_of(token)
        if principal is None and self._options.oidc is not None and self._options.oidc.takes(token):
            principal = await _vouched_for(self._options.oidc, token)
        if principal is None:
            raise Refusal
        return principal

    def _let_in_by_proxy(self, scope: Scope) -> Principal | None:
        """Whom a trusted gateway has let in; raises Refusal."""
        try:
            return self._options.proxy.principal_of(scope, self._proxies) if self._options.proxy else None
        except (InvalidToken, Forbidden) as exc:
            raise Refusal(exc.detail, FORBIDDEN) from None


def sign_in_of(request: Request) -> "CodeFlow | None":
    """What lets browsers sign in at a provider of identities, if there is one."""
    flow: CodeFlow | None = request.app.state.sign_in
    return flow


def identity_headers_of(request: Request) -> frozenset[str]:
    """The headers, in lower case, in which a gateway says who calls."""
    headers: frozenset[str] = request.app.state.identity_headers
    return headers


async def _vouched_for(oidc: "TokenVerifier", token: str) -> Principal:
    """The owner of a provider's token; raises Refusal."""
    try:
        return await oidc.principal_of(token)
    except InvalidToken as exc:
        challenge = f', error="invalid_token", error_description="{exc.detail}"'
        raise Refusal(f"The token is not valid. {exc.detail}", UNAUTHORIZED, challenge) from None
    except Forbidden as exc:
        raise Refusal(exc.detail, FORBIDDEN) from None
    except IdentityUnavailable as exc:
        raise Refusal(exc.detail, UNAVAILABLE) from None


def _tokens(scope: Scope) -> TokenService:
    tokens: TokenService = scope["app"].state.services.tokens
    return tokens


def bearer_token(authorization: str) -> str:
    """The token of an `Authorization` header, empty without one; both words for it are taken."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() in SCHEMES else ""
