"""Bearer tokens that a provider has signed (RFC 9068): whether they are to be believed, and whose they are."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from joserfc.errors import ClaimError, ExpiredTokenError, JoseError
from joserfc.jwk import Key
from joserfc.jws import CompactSignature, JWSRegistry, extract_compact, validate_compact
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry

from jobsvc.domain.access import Principal
from jobsvc.domain.errors import InvalidToken
from jobsvc.domain.oidc import ClaimRules
from jobsvc.services.oidc.provider import Provider

LONGEST = 16_384
"""Characters of a token."""
TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
"""What a token may say to be; one for signing out, say, is none to come in by."""
PARTS = 3
NOT_A_TOKEN = (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError)
"""What comes of texts that only look like tokens."""
CLAIM_PROBLEMS = {
    "iss": "It is from another issuer.",
    "aud": "It is for another audience.",
    "exp": "It does not say when it expires.",
    "nbf": "It is not valid yet.",
    "iat": "It was issued in the future.",
    "nonce": "It belongs to another sign-in.",
}


@dataclass(frozen=True)
class TokenRules:
    """Which tokens are believed.

    Args:
        audience: What they are for: one of these.
        algorithms: How they may be signed.
        leeway: By how many seconds clocks may differ.

    """

    audience: Sequence[str]
    algorithms: Collection[str]
    leeway: int = 0


class TokenVerifier:
    """Says whose the tokens of a provider are."""

    def __init__(self, provider: Provider, rules: TokenRules, claim_rules: ClaimRules, clock: Callable[[], datetime]) -> None:
        self.provider = provider
        self._rules = rules
        self._claim_rules = claim_rules
        self._clock = clock
        self._registry = _Registry(algorithms=rules.algorithms, strict_check_header=False)
        self._registry.max_header_length = LONGEST

    def takes(self, text: str) -> bool:
        """Whether a text can be a token that the provider has signed: three parts."""
        return text.count(".") == PARTS - 1

    async def principal_of(self, token: str) -> Principal:
        """The owner of a token.

        Raises:
            InvalidToken: It is not to be believed.
            Forbidden: It is, and its owner has no role.
            IdentityUnavailable: Nobody can say, for the provider cannot be asked for its key.
        """
        return self._claim_rules.principal_of(await self.claims_of(token, self._rules.audience))

    async def claims_of(self, token: str, audience: Sequence[str], nonce: str | None = None) -> Mapping[str, Any]:
        """The claims of a token for some audience; with a nonce, of the sign-in that has it.

        Raises:
            InvalidToken: It is not to be believed.
            IdentityUnavailable: Nobody can say, for the provider cannot be asked for its key.
        """
        signature, claims = self._read(token)
        # Before a key is looked for: what others have signed makes nobody ask the provider.
        self._check(claims, audience, nonce)
        key = await self.provider.key(_key_id(signature))
        if key is None:
            raise InvalidToken("It is signed with a key that is not known.")
        if not self._is_signed(signature, key):
            raise InvalidToken("Its signature is wrong.")
        return claims

    def _is_signed(self, signature: CompactSignature, key: Key) -> bool:
        try:
            key.check_alg(signature.headers()["alg"])
            return validate_compact(signature, key, registry=self._registry)
        except NOT_A_TOKEN:
            return False

    def _read(self, token: str) -> tuple[CompactSignature, dict[str, Any]]:
        """What a token says, which nobody has to believe yet."""
        if len(token) > LONGEST:
            raise InvalidToken("It is too long.")
        try:
            signature = extract_compact(token.encode(), registry=self._registry)
            self._registry.check_header(signature.headers())
            claims = json.loads(signature.payload)
        except NOT_A_TOKEN:
            raise InvalidToken("It is no signed token.") from None
        if not isinstance(claims, dict) or str(signature.headers().get("typ", "JWT")).lower() not in TYPES:
            raise InvalidToken("It is no token to come in by.")
        self._registry.get_alg(signature.headers()["alg"])
        return signature, claims

    def _check(self, claims: dict[str, Any], audience: Sequence[str], nonce: str | None) -> None:
        of_sign_in: dict[str, ClaimsOption] = {} if nonce is None else {"nonce": {"essential": True, "value": nonce}}
        registry = JWTClaimsRegistry(
            now=int(self._clock().timestamp()),
            leeway=self._rules.leeway,
            iss={"essential": True, "value": self.provider.issuer},
            aud={"essential": True, "values": list(audience)},
            exp={"essential": True},
            **of_sign_in,
        )
        try:
            registry.validate(claims)
        except ExpiredTokenError:
            raise InvalidToken("It has expired.") from None
        except ClaimError as exc:
            _refuse(exc.claim)


def _refuse(claim: str) -> NoReturn:
    name = next((name for name in claim.split(",") if name in CLAIM_PROBLEMS), "")
    raise InvalidToken(CLAIM_PROBLEMS.get(name, "One of its claims is not of its kind.")) from None


def _key_id(signature: CompactSignature) -> str | None:
    key_id = signature.headers().get("kid")
    return key_id if isinstance(key_id, str) else None


class _Registry(JWSRegistry):
    """Takes what is allowed and nothing else, as the library does, but without its words about what is old-fashioned."""

    def get_alg(self, name: str) -> Any:
        if name not in (self.allowed or ()):
            raise InvalidToken("It is signed in a way that is not allowed.")
        return self.algorithms[name]
