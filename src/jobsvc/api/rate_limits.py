"""Limits of requests by caller, and of wrong tokens by address (draft-ietf-httpapi-ratelimit-headers, RFC 6585)."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Scope, Send

from jobsvc.api.hosts import Hosts
from jobsvc.api.identity import Refusal, bearer_token
from jobsvc.api.request_log import client_of
from jobsvc.domain.access import Principal, Source, digest_of
from jobsvc.services.rate_limits import MINUTE, MOST_KEPT, Buckets, Quota

log = structlog.get_logger(__name__)
TOO_MANY = 429
POLICY = "caller"
"""What the limit by caller is called in headers."""
NETWORK_BITS = 64
"""Of an address of IPv6: within one network anybody has as many as they like."""
TOO_OFTEN = "{name} has sent more than {size} requests in a minute. Try again after {seconds} s."
TOO_WRONG = "Too many wrong tokens have come from this address. Try again after {seconds} s."


@dataclass(frozen=True)
class LimitOptions:
    """How many requests of one caller, and how many wrong tokens of one address, are taken in a minute; 0: any number."""

    requests: int = 0
    wrong_tokens: int = 0


class RateLimits:
    """Counts requests of this process, and refuses those that are too many."""

    def __init__(self, options: LimitOptions, hosts: Hosts) -> None:
        self._hosts = hosts
        self._requests = Buckets(options.requests) if options.requests else None
        self._wrong_tokens = Buckets(options.wrong_tokens) if options.wrong_tokens else None
        self._good: OrderedDict[str, None] = OrderedDict()

    def refuse_guesses(self, scope: Scope) -> None:
        """Refuse to look at a token from where many wrong ones came, unless it was right before; raises Refusal."""
        token = self._token(scope)
        if self._wrong_tokens is None or not token or digest_of(token) in self._good:
            return
        quota = self._wrong_tokens.quota(self._network(scope))
        if quota.remaining == 0:
            text = TOO_WRONG.format(seconds=quota.until_next)
            raise Refusal(text, TOO_MANY, headers={"Retry-After": str(quota.until_next)})

    def note_wrong(self, scope: Scope) -> None:
        """Count a token that was wrong."""
        if self._wrong_tokens is None or not self._token(scope):
            return
        network = self._network(scope)
        quota = self._wrong_tokens.take(network)
        if quota is not None and quota.remaining == 0:
            log.warning("access.guesses_refused", client=network, seconds=quota.until_next)

    def note_right(self, scope: Scope) -> None:
        """Remember a token that was right."""
        token = self._token(scope)
        if self._wrong_tokens is not None and token:
            self._good[digest_of(token)] = None
            self._good.move_to_end(digest_of(token))
            if len(self._good) > MOST_KEPT:
                self._good.popitem(last=False)

    def count(self, scope: Scope, principal: Principal) -> Quota | None:
        """Count a request of a caller.

        Returns:
            What it has left; None without a limit.

        Raises:
            Refusal: It has nothing left.
        """
        if self._requests is None:
            return None
        key = self._key(scope, principal)
        quota = self._requests.take(key)
        if quota is None:
            left = self._requests.quota(key)
            text = TOO_OFTEN.format(name=principal.name, size=self._requests.size, seconds=left.until_next)
            raise Refusal(text, TOO_MANY, headers={**self.headers(left), "Retry-After": str(left.until_next)})
        return quota

    def headers(self, quota: Quota) -> dict[str, str]:
        """What an answer says of the limit."""
        size = self._requests.size if self._requests is not None else 0
        return {
            "RateLimit-Policy": f'"{POLICY}";q={size};w={MINUTE}',
            "RateLimit": f'"{POLICY}";r={quota.remaining};t={quota.until_full}',
        }

    def announcing(self, quota: Quota | None, send: Send) -> Send:
        """Sends answers with these headers."""
        if quota is None:
            return send
        headers = self.headers(quota)

        async def announce(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            await send(message)

        return announce

    def _token(self, scope: Scope) -> str:
        return bearer_token(Headers(scope=scope).get("authorization", "")) if self._wrong_tokens is not None else ""

    def _key(self, scope: Scope, principal: Principal) -> Hashable:
        """Who has no name is known by where it comes from."""
        is_nobody = principal.source is Source.NOBODY
        return principal.source, self._network(scope) if is_nobody else principal.name

    def _network(self, scope: Scope) -> str:
        text = client_of(scope, self._hosts)
        try:
            address = ip_address(text)
        except ValueError:
            return text
        if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
            return str(ip_network((address, NETWORK_BITS), strict=False))
        return str(address.ipv4_mapped or address) if isinstance(address, IPv6Address) else text
