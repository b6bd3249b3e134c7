"""Sends one message to an address that was checked: the name is looked up, and what it gave is connected to, and nothing else."""

import asyncio
import ipaddress
import socket
import ssl
from datetime import datetime
from functools import cached_property

import httpx
from standardwebhooks import Webhook

from jobsvc.domain.webhooks import CallResult, is_public, retry_after

MOST_BYTES = 1024
"""So much of an answer is kept."""
TIMEOUT_SECONDS = 15.0
NO_REUSE = httpx.Limits(max_keepalive_connections=0)
"""A connection is for one message: it was made to the address of one name."""
PORTS = {"http": 80, "https": 443}


class Undeliverable(Exception):
    """There was no answer; the text says why."""


class WebhookSender:
    """Sends messages. `allows_private`: also to addresses that are not public, and without TLS."""

    def __init__(self, *, allows_private: bool, timeout: float = TIMEOUT_SECONDS) -> None:
        self._allows_private = allows_private
        self._timeout = timeout

    async def send(self, url: str, message_id: str, body: str, secrets: list[str], now: datetime) -> CallResult:
        """Send a message, signed with each secret. Redirects are answers like others: nobody goes there."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._send(httpx.URL(url), signed(message_id, body, secrets, now), body.encode(), now)
        except TimeoutError:
            return CallResult(error=f"no answer within {self._timeout:g} seconds")
        except (Undeliverable, OSError, httpx.HTTPError, httpx.InvalidURL) as exc:
            return CallResult(error=_of_certificate(exc, url) or str(exc) or type(exc).__name__)

    async def _send(self, url: httpx.URL, headers: dict[str, str], body: bytes, now: datetime) -> CallResult:
        if url.scheme != "https" and not self._allows_private:
            raise Undeliverable("only https is allowed")
        problem: httpx.ConnectError | None = None
        for address in await self._addresses(url):
            try:
                return await self._post(url, address, headers, body, now)
            except httpx.ConnectError as exc:
                problem = exc
        raise problem or Undeliverable(f"{url.host} has no address")

    async def _addresses(self, url: httpx.URL) -> list[str]:
        """Those of a name that may be connected to."""
        loop, port = asyncio.get_running_loop(), url.port or PORTS[url.scheme]
        results = await loop.getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(result[4][0]) for result in results))
        allowed = [address for address in addresses if self._allows_private or is_public(address)]
        if addresses and not allowed:
            raise Undeliverable(f"{url.host} is no public address (see JOBSVC_WEBHOOK_PRIVATE)")
        return allowed

    async def _post(self, url: httpx.URL, address: str, headers: dict[str, str], body: bytes, now: datetime) -> CallResult:
        # The name stays what is asked for and what the certificate has to be of.
        there = url.copy_with(host=_bracketless(address))
        named = headers | {"Host": url.netloc.decode("ascii")}
        async with (
            httpx.AsyncClient(verify=self._tls, trust_env=False, limits=NO_REUSE, timeout=self._timeout) as client,
            client.stream("POST", there, content=body, headers=named, extensions={"sni_hostname": url.host}) as response,
        ):
            text = await _beginning(response)
            error = None if response.is_success else f"answered {response.status_code} {response.reason_phrase}".rstrip()
            return CallResult(response.status_code, text, error, retry_after(response.headers.get("Retry-After"), now))

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()


def _of_certificate(problem: BaseException | None, url: str) -> str | None:
    """What is wrong with a receiver's certificate, if that was it: it is said at the beginning of a chain of causes."""
    while problem is not None:
        if isinstance(problem, ssl.SSLCertVerificationError):
            return f"the certificate of {httpx.URL(url).host} is not accepted: {problem.verify_message}"
        problem = problem.__cause__ or problem.__context__
    return None


def signed(message_id: str, body: str, secrets: list[str], now: datetime) -> dict[str, str]:
    """The headers of a message; whoever knows one of the secrets can verify it."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "jobsvc",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(message_id, now, body) for secret in secrets),
    }


async def _beginning(response: httpx.Response) -> str:
    """The first bytes of an answer, as they came: what is compressed is not unpacked."""
    content = b""
    async for piece in response.aiter_raw():
        content += piece
        if len(content) >= MOST_BYTES:
            break
    return content[:MOST_BYTES].decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


def _bracketless(address: str) -> str:
    return ipaddress.ip_address(address).compressed
