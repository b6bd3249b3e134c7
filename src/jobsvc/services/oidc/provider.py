"""What a provider of identities publishes: its addresses and its keys, kept and read again when that may help."""

import asyncio
import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, OKPKey, RSAKey

from jobsvc.domain.errors import IdentityUnavailable

log = structlog.get_logger(__name__)
DISCOVERY = "/.well-known/openid-configuration"
SECONDS = 5.0
"""For how long an answer of the provider is waited for."""
PAUSE_SECONDS = 10.0
"""How often keys are read at most, whoever asks for one that is not known."""
KEPT_SECONDS = 600.0
"""After this time keys are read again behind the requests: one that was taken back is not believed for longer."""
LARGEST = 2**20
"""Bytes of an answer."""
OK = 200
BAD_KEYS = (JoseError, ValueError, TypeError, KeyError)


@dataclass(frozen=True)
class ProviderOptions:
    """Where the provider is, and which certificates vouch for it."""

    issuer: str
    ca_certs: Path | None = None


class Published(NamedTuple):
    """What the provider has said, and when, by a clock that never goes back."""

    at: float
    metadata: Mapping[str, Any]
    keys: Mapping[str, Key]


class Provider:
    """Knows the keys of a provider. Everything that comes from it is asked for by one request at a time."""

    def __init__(self, options: ProviderOptions) -> None:
        self.issuer = options.issuer
        self._ca_certs = options.ca_certs
        self._published: Published | None = None
        self._attempted = float("-inf")
        self._problem = ""
        self._reading: asyncio.Task[None] | None = None

    async def key(self, key_id: str | None) -> Key | None:
        """The key of an id; of no id the only one that there is. None when the provider has no such key.

        Raises:
            IdentityUnavailable: It is not known, and the provider cannot be asked.
        """
        key = self._known(key_id)
        if key is None:
            await self._read_again()
            key = self._known(key_id)
        elif self._published is not None and time.monotonic() - self._published.at > KEPT_SECONDS:
            self._begin_reading()
        if key is None and self._problem:
            raise IdentityUnavailable(f"The provider of identities cannot be asked: {self._problem}. Try again.")
        return key

    async def metadata(self) -> Mapping[str, Any]:
        """What the provider says of itself.

        Raises:
            IdentityUnavailable: It cannot be asked.
        """
        if self._published is None:
            await self._read_again()
        if self._published is None:
            raise IdentityUnavailable(f"The provider of identities cannot be asked: {self._problem}. Try again.")
        return self._published.metadata

    def client(self) -> httpx.AsyncClient:
        """For a few requests to the provider."""
        return httpx.AsyncClient(verify=_trust(self._ca_certs), timeout=SECONDS, follow_redirects=False, trust_env=False)

    async def close(self) -> None:
        """Wait for no answer any more."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    def _known(self, key_id: str | None) -> Key | None:
        keys = self._published.keys if self._published else {}
        if key_id is None:
            return next(iter(keys.values())) if len(keys) == 1 else None
        return keys.get(key_id)

    async def _read_again(self) -> None:
        """Read what is published, unless that has just been done; whoever comes meanwhile waits for the same answer."""
        self._begin_reading()
        if self._reading is not None:
            # Whose client goes away lets the others wait on.
            await asyncio.shield(self._reading)

    def _begin_reading(self) -> None:
        now = time.monotonic()
        if self._reading is None and now - self._attempted >= PAUSE_SECONDS:
            self._attempted = now
            self._reading = asyncio.create_task(self._read())
            self._reading.add_done_callback(self._end_reading)

    def _end_reading(self, _task: asyncio.Task[None]) -> None:
        self._reading = None

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(SECONDS), self.client() as http:
                metadata = await read_json(http, self.issuer.rstrip("/") + DISCOVERY)
                _require_issuer(metadata, self.issuer)
                keys = _keys_of(await read_json(http, address_in(metadata, "jwks_uri")))
        except (Unusable, httpx.HTTPError, OSError, TimeoutError) as exc:
            self._problem = _problem_of(exc)
            log.warning("oidc.unavailable", issuer=self.issuer, problem=str(exc) or self._problem)
            return
        self._problem = ""
        self._published = Published(time.monotonic(), metadata, keys)
        log.info("oidc.keys_read", issuer=self.issuer, keys=sorted(keys))


class Unusable(Exception):
    """The provider has answered something that is of no use."""


async def read_json(http: httpx.AsyncClient, url: str) -> dict[str, Any]:
    """The document at an address.

    Raises:
        Unusable: There is none, or it is too large.
        httpx.HTTPError: It cannot be asked for.
    """
    async with http.stream("GET", url, headers={"Accept": "application/json"}) as response:
        if response.status_code != OK:
            raise Unusable(f"it answers {response.status_code} for {urlsplit(url).path}")
        return await document_of(response)


async def document_of(response: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer; raises Unusable."""
    content = b""
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > LARGEST:
            raise Unusable("its answer is too large")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise Unusable("its answer is no JSON object")
    return document


@cache
def _trust(ca_certs: Path | None) -> ssl.SSLContext:
    """Reading certificates takes longer than all else that is done here."""
    return ssl.create_default_context(cafile=ca_certs) if ca_certs else httpx.create_ssl_context(trust_env=False)


def _require_issuer(metadata: Mapping[str, Any], issuer: str) -> None:
    if metadata.get("issuer") != issuer:
        raise Unusable("it says to be another issuer")


def address_in(metadata: Mapping[str, Any], name: str) -> str:
    """An address that the provider says, which is as private as its own; raises Unusable."""
    address = metadata.get(name)
    if not isinstance(address, str) or urlsplit(address).scheme not in {"https", urlsplit(str(metadata["issuer"])).scheme}:
        raise Unusable(f"it says no {name} that can be trusted")
    return address


def _keys_of(document: Mapping[str, Any]) -> dict[str, Key]:
    """The public keys for signatures by their ids; others are of no use, and do not keep from using these."""
    listed = document.get("keys")
    keys: dict[str, Key] = {}
    for entry in listed if isinstance(listed, list) else ():
        try:
            key = JWKRegistry.import_key(entry)
        except BAD_KEYS:
            continue
        # With a symmetric one, which is not to be published, whoever reads it could sign.
        is_for_signatures = key.get("use", "sig") == "sig" and "verify" in (key.get("key_ops") or ["verify"])
        if isinstance(key, RSAKey | ECKey | OKPKey) and is_for_signatures:
            keys[key.kid or key.thumbprint()] = key
    if not keys:
        raise Unusable("it publishes no keys for signatures")
    return keys


def _problem_of(exc: BaseException) -> str:
    """What callers may read of it: nothing of addresses."""
    if isinstance(exc, Unusable):
        return str(exc)
    return "it is too slow" if isinstance(exc, TimeoutError | httpx.TimeoutException) else "it cannot be reached"
