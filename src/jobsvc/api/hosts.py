"""What the service is called in the links it writes: by its client, or by a gateway that is believed (RFC 7239)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from starlette.types import Scope

HOST = re.compile(
    r"(?P<name>[a-z0-9_](?:[a-z0-9._-]{0,252}[a-z0-9_])?\.?|\[(?P<v6>[0-9a-f:.]{2,45})\])(?::(?P<port>[0-9]{1,5}))?",
    re.IGNORECASE | re.ASCII,
)
PREFIX = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)*/?")
SCHEMES = frozenset({"http", "https"})
DEFAULT_PORTS = {"http": ":80", "https": ":443"}
FORWARDED_PAIR = re.compile(r'\s*([!#$%&\'*+.^_`|~\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*))\s*(?:;|$|(?=,))', re.ASCII)
FORWARDING = frozenset({b"forwarded", b"x-forwarded-host", b"x-forwarded-proto", b"x-forwarded-prefix"})
LOOPBACK_NAME = "localhost"
MISDIRECTED = 421


@dataclass(frozen=True)
class Hosts:
    """Whose word about the service's name is taken, whether it serves this host alone, and pages of which origins."""

    proxies: Sequence[IPv4Network | IPv6Network] = ()
    is_loopback_only: bool = False
    origins: Sequence[str] = ()


class BadHost(ValueError):
    """A request does not say where it wants to go, or wants to go elsewhere."""

    def __init__(self, detail: str, status: int = 400) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status


def base_of(scope: Scope, hosts: Hosts) -> str:
    """Scheme, host and path prefix in front of the service's own paths; raises BadHost."""
    named = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    host = _only_host(named, scope)
    if hosts.is_loopback_only and named and not is_loopback(host):
        raise BadHost(
            f"Without tokens the service answers to names of its own host alone (localhost, 127.0.0.1, [::1]), not to {host}. "
            "Call it by one of them, let a gateway do so that is named in JOBSVC_TRUSTED_PROXIES, or configure JOBSVC_TOKENS.",
            MISDIRECTED,
        )
    scheme, root = str(scope["scheme"]), str(scope.get("root_path", ""))
    if hosts.proxies and is_trusted(scope, hosts.proxies):
        reported = _reported_by_proxy(scope["headers"])
        scheme, host, root = reported.get("proto", scheme), reported.get("host", host), reported.get("prefix", root)
    return f"{scheme}://{host}{root.rstrip('/')}"


def is_trusted(scope: Scope, proxies: Sequence[IPv4Network | IPv6Network]) -> bool:
    """Whether the other end of the connection is one of them."""
    return bool(proxies) and is_among(str((scope.get("client") or ("",))[0]), proxies)


def is_address(text: str) -> bool:
    """Whether a text is an IP address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_among(text: str, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    """Whether a text is an IP address of one of the networks."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    address = (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
    return any(address in network for network in networks)


@lru_cache(maxsize=1024)
def is_host(text: str) -> bool:
    """Whether a text may stand in a link as host, or host and port."""
    match = HOST.fullmatch(text)
    if match is None or (match["port"] and not 0 < int(match["port"]) < 2**16):
        return False
    try:
        return match["v6"] is None or ip_address(match["v6"]).version == 6  # noqa: PLR2004
    except ValueError:
        return False


@lru_cache(maxsize=1024)
def is_loopback(host: str) -> bool:
    """Whether a host, with or without a port, is this one by a name that no name server resolves."""
    match = HOST.fullmatch(host)
    name = (match["v6"] or match["name"]).rstrip(".").lower() if match else ""
    try:
        return name == LOOPBACK_NAME or ip_address(name).is_loopback
    except ValueError:
        return False


def is_same_origin(origin: str, base: str) -> bool:
    """Whether a page of the origin is one of the service itself, which is at this base."""
    return _origin(origin) == _origin(base) is not None


def _origin(url: str) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in SCHEMES or not is_host(parts.netloc):
        return None
    return f"{parts.scheme}://{parts.netloc.lower().removesuffix(DEFAULT_PORTS[parts.scheme])}"


def _only_host(named: Sequence[str], scope: Scope) -> str:
    if not named and scope.get("http_version") in {"1.0", "0.9"}:
        name, port = scope.get("server") or (LOOPBACK_NAME, None)
        shown = f"[{name}]" if ":" in name else name
        return f"{shown}:{port}" if port else shown
    if len(named) != 1:
        raise BadHost("The request must have exactly one Host header.")
    if not is_host(named[0]):
        raise BadHost("Host: must be a name or an address, with or without a port.")
    return named[0]


def _reported_by_proxy(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Scheme, host and prefix as the gateway says; the first of several is what the client sees."""
    sent = {name.decode(): value.decode("latin-1") for name, value in headers if name in FORWARDING}
    reported = _forwarded(sent.get("forwarded", ""))
    for member in ("proto", "host", "prefix"):
        value = sent.get(f"x-forwarded-{member}", "").partition(",")[0].strip()
        if value:
            reported[member] = value
    return _checked(reported)


def _checked(result: dict[str, str]) -> dict[str, str]:
    result = {name: value.lower() if name == "proto" else value for name, value in result.items()}
    if not is_host(result.get("host", LOOPBACK_NAME)):
        raise BadHost("The gateway's X-Forwarded-Host or Forwarded header has no valid host.")
    if result.get("proto", "http") not in SCHEMES:
        raise BadHost("The gateway's X-Forwarded-Proto or Forwarded header must be http or https.")
    if "prefix" in result:
        result["prefix"] = f"/{result['prefix'].lstrip('/')}"
        if not PREFIX.fullmatch(result["prefix"]):
            raise BadHost("The gateway's X-Forwarded-Prefix header is not a path.")
    return result


def _forwarded(header: str) -> dict[str, str]:
    """The members of the first element of a `Forwarded` header."""
    members: dict[str, str] = {}
    position = 0
    while (match := FORWARDED_PAIR.match(header, position)) and match[1].lower() not in members:
        value = re.sub(r"\\(.)", r"\1", match[2]) if match[2] is not None else match[3]
        if value:
            members[match[1].lower()] = value
        position = match.end()
        if header[position : position + 1] == ",":
            break
    return {name: members[name] for name in ("host", "proto") if name in members}
