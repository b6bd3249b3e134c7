"""Signing in by a browser: the authorization code flow with PKCE (RFC 7636), state and nonce."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import quote_plus, urlencode

import httpx
import structlog

from jobsvc.domain.errors import Forbidden, IdentityUnavailable
from jobsvc.services.oidc.provider import Unusable, address_in, document_of
from jobsvc.services.oidc.tokens import TokenVerifier

log = structlog.get_logger(__name__)
SECRET_BYTES = 32
BASIC, POST = "client_secret_basic", "client_secret_post"
NOT_TAKEN = "The provider of identities did not take this sign-in. Begin again."
FIRST_ERROR, FIRST_FAULT = 400, 500


@dataclass(frozen=True)
class ClientOptions:
    """As what the service is known to the provider; without a secret it is a public client."""

    id: str
    secret: str | None = field(default=None, repr=False)
    scopes: str = "openid profile"


class SignIn(NamedTuple):
    """One that was begun: where the browser is sent, and what has to be known when it comes back."""

    url: str
    state: str
    nonce: str
    verifier: str


class CodeFlow:
    """Lets browsers sign in at the provider."""

    def __init__(self, tokens: TokenVerifier, client: ClientOptions) -> None:
        self._tokens = tokens
        self._provider = tokens.provider
        self._client = client

    @property
    def issuer(self) -> str:
        """Who the provider is."""
        return self._provider.issuer

    async def begin(self, redirect_uri: str) -> SignIn:
        """Begin a sign-in that comes back to an address.

        Raises:
            IdentityUnavailable: The provider cannot be asked where to begin it.
        """
        state, nonce, verifier = (secrets.token_urlsafe(SECRET_BYTES) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        query = {
            "response_type": "code",
            "client_id": self._client.id,
            "redirect_uri": redirect_uri,
            "scope": self._client.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return SignIn(_with_query(await self._address("authorization_endpoint"), query), state, nonce, verifier)

    async def finish(self, code: str, redirect_uri: str, *, nonce: str, verifier: str) -> list[str]:
        """The tokens that a code stands for, the one for the API first; that of the identity has been verified.

        Raises:
            Forbidden: The provider does not take the code.
            InvalidToken: What it gives belongs to another sign-in, or is not to be believed.
            IdentityUnavailable: It cannot be asked.
        """
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
        answer = await self._redeem(form)
        access, identity = answer.get("access_token"), answer.get("id_token")
        if not isinstance(access, str) or not isinstance(identity, str):
            raise IdentityUnavailable("The provider of identities has given no tokens; JOBSVC_OIDC_SCOPES needs openid.")
        await self._tokens.claims_of(identity, [self._client.id], nonce)
        return [access, identity]

    async def end_address(self, redirect_uri: str) -> str | None:
        """Where a browser signs out of the provider itself, and comes back; None where that cannot be said."""
        try:
            address = await self._address("end_session_endpoint")
        except IdentityUnavailable:
            return None
        return _with_query(address, {"client_id": self._client.id, "post_logout_redirect_uri": redirect_uri})

    async def _address(self, name: str) -> str:
        try:
            return address_in(await self._provider.metadata(), name)
        except Unusable as exc:
            raise IdentityUnavailable(f"The provider of identities is of no use: {exc}.") from None

    async def _redeem(self, form: Mapping[str, str]) -> dict[str, Any]:
        address = await self._address("token_endpoint")
        headers, more = self._authentication(await self._provider.metadata())
        try:
            async with (
                self._provider.client() as http,
                http.stream("POST", address, data={**form, **more}, headers=headers) as response,
            ):
                answer = await document_of(response)
        except (Unusable, httpx.HTTPError, OSError) as exc:
            log.warning("oidc.unavailable", issuer=self.issuer, problem=str(exc) or type(exc).__name__)
            raise IdentityUnavailable("The provider of identities does not answer. Try again.") from None
        if response.status_code >= FIRST_ERROR:
            log.warning("oidc.sign_in_refused", issuer=self.issuer, problem=str(answer.get("error"))[:200])
            raise Forbidden(NOT_TAKEN)
        return answer

    def _authentication(self, metadata: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
        """Headers and members of the form by which the provider knows the service."""
        methods = metadata.get("token_endpoint_auth_methods_supported") or [BASIC]
        if self._client.secret is None:
            return {}, {"client_id": self._client.id}
        if BASIC not in methods and POST in methods:
            return {}, {"client_id": self._client.id, "client_secret": self._client.secret}
        pair = f"{quote_plus(self._client.id)}:{quote_plus(self._client.secret)}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}, {}


def _with_query(address: str, query: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"
