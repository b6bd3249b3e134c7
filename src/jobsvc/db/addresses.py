"""Addresses of databases, written as PostgreSQL's own programs take them, in the words of the driver."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from sqlalchemy import URL

from jobsvc.domain.errors import DatabaseUnavailable

SCHEMES = {"postgresql", "postgres", "postgresql+asyncpg", "postgres+asyncpg"}
CONNECT_SECONDS = 10.0
"""To make a connection, unless the URL says `connect_timeout`."""
DEFAULT_PORT = "5432"
MAX_PORT = 65535
PLACES = {"host", "port", "user", "password", "dbname"}
"""What may stand among the parameters rather than in front of them."""
TLS = {
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "sslpassword",
    "sslcrl",
    "sslnegotiation",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
}
TLS_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
OF_DRIVER = {"target_session_attrs", "passfile", "krbsrvname", "gsslib", "prepared_statement_cache_size"}
OF_SERVER = {"application_name", "options"}
SECONDS = {"connect_timeout"}
WITHOUT_EFFECT = {
    "client_encoding",
    "gssencmode",
    "sslcompression",
    "sslsni",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
    "fallback_application_name",
    "load_balance_hosts",
}
"""What others set, and the driver has no use for: to leave it out endangers nothing."""
SSL_MODES = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
SESSIONS = {"any", "primary", "standby", "read-write", "read-only", "prefer-standby"}
CHOICES = {"sslmode": SSL_MODES, "target_session_attrs": SESSIONS}
KNOWN = PLACES | TLS | OF_DRIVER | OF_SERVER | SECONDS | WITHOUT_EFFECT
OTHER_NAMES = {"ssl": "sslmode", "database": "dbname"}


@dataclass(frozen=True)
class Address:
    """An address in the words of the driver; `server_settings` begin each session, a connection may take `timeout` seconds."""

    url: URL
    server_settings: Mapping[str, str]
    timeout: float | None = CONNECT_SECONDS


def read_address(text: str) -> Address:
    """Read the URL of a database.

    Raises:
        DatabaseUnavailable: It is none; the text says in one sentence what is wrong with it, without the password.
    """
    try:
        parts = urlsplit(text)
    except ValueError as exc:
        raise DatabaseUnavailable(f"The database's URL cannot be read: {exc}.") from None
    if parts.scheme not in SCHEMES:
        raise DatabaseUnavailable("The database's URL must begin with postgresql://.")
    if parts.fragment:
        raise DatabaseUnavailable("The database's URL has a `#`: write it as %23, and other signs of a password in the same way.")
    parameters = _parameters(parts.query)
    login, _, places = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    hosts = _hosts(places, parameters)
    # More than one, and directories, stand among the parameters.
    host, port = hosts[0] if len(hosts) == 1 and not hosts[0][0].startswith("/") else (None, None)
    return Address(
        URL.create(
            "postgresql+asyncpg",
            unquote(user) or parameters.get("user"),
            unquote(password) or parameters.get("password"),
            host=host,
            port=int(port) if port else None,
            database=unquote(parts.path.removeprefix("/")) or parameters.get("dbname"),
            query=_query(hosts, parameters),
        ),
        {name: parameters[name] for name in sorted(OF_SERVER & parameters.keys())},
        _timeout(parameters.get("connect_timeout")),
    )


def shown(url: URL) -> str:
    """An address of the driver as its user wrote it, without what is secret."""
    written = dict(url.query) | {name: value for name, value in _tls(url).items() if name != "sslpassword"}
    written.pop("dsn", None)
    return url.set(drivername="postgresql", query=written).render_as_string(hide_password=True)


def unreadable_files(url: URL) -> list[str]:
    """Which files of an address of the driver cannot be read, as `sslkey=/that/file`: the driver does not say. Blocks."""
    named = ((name, _tls(url).get(name)) for name in TLS_FILES)
    return [f"{name}={path}" for name, path in named if path is not None and not _is_readable(Path(path))]


def has_client_certificate(url: URL) -> bool:
    """Whether an address of the driver names a certificate that the server has to trust."""
    return "sslcert" in _tls(url)


def _tls(url: URL) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(str(url.query.get("dsn", ""))).query))


def _is_readable(path: Path) -> bool:
    try:
        with path.open("rb"):
            return True
    except OSError:
        return False


def _query(hosts: list[tuple[str, str]], parameters: Mapping[str, str]) -> dict[str, str]:
    query = {name: parameters[name] for name in sorted(OF_DRIVER & parameters.keys())}
    if len(hosts) > 1 or any(host.startswith("/") for host, _ in hosts):
        query |= {"host": ",".join(host for host, _ in hosts), "port": ",".join(port for _, port in hosts)}
    # The driver takes these as parts of a URL alone.
    if tls := {name: parameters[name] for name in sorted(TLS & parameters.keys())}:
        query["dsn"] = f"postgresql://?{urlencode(tls, quote_via=quote)}"
    return query


def _parameters(query: str) -> dict[str, str]:
    result: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        known = OTHER_NAMES.get(name, name)
        if known not in KNOWN:
            raise DatabaseUnavailable(_unknown(name))
        choices = CHOICES.get(known)
        if choices is not None and value not in choices:
            raise DatabaseUnavailable(f"`{name}={value}` in the database's URL must be one of {', '.join(sorted(choices))}.")
        # A host may be named several times.
        result[known] = f"{result[known]},{value}" if known in {"host", "port"} and known in result else value
    return result


def _unknown(name: str) -> str:
    close = difflib.get_close_matches(name, KNOWN, 1)
    hint = f"did you mean `{close[0]}`?" if close else f"settings of a session are written as options=-c%20{name}%3D..."
    return f"`{name}` is no parameter of a database's URL; {hint}"


def _hosts(places: str, parameters: Mapping[str, str]) -> list[tuple[str, str]]:
    """Hosts or directories of sockets with their ports."""
    written = [_host(place) for place in places.split(",") if place] or [
        _host(place) for place in parameters.get("host", "").split(",") if place
    ]
    ports = parameters.get("port", "").split(",")
    shared = ports if len(ports) == len(written) else ports * len(written) if len(ports) == 1 else None
    if shared is None:
        raise DatabaseUnavailable(f"The database's URL has {len(written)} hosts and {len(ports)} ports.")
    return [(host, _port(port or other or DEFAULT_PORT)) for (host, port), other in zip(written, shared, strict=True)]


def _host(place: str) -> tuple[str, str]:
    text = unquote(place)
    if text.startswith("/"):
        return text, ""
    bracketed = re.fullmatch(r"\[(.+)\](?::(.*))?", text)
    if bracketed:
        return bracketed[1], bracketed[2] or ""
    host, _, port = text.partition(":")
    return (text, "") if text.count(":") > 1 else (host, port)


def _port(text: str) -> str:
    if not (text.isascii() and text.isdecimal() and 0 < int(text) <= MAX_PORT):
        raise DatabaseUnavailable(
            f"The port `{text}` in the database's URL is no number from 1 to {MAX_PORT}; "
            "in a password, write / as %2F, @ as %40, : as %3A and % as %25."
        )
    return text


def _timeout(text: str | None) -> float | None:
    if text is None:
        return CONNECT_SECONDS
    if not (text.isascii() and text.isdecimal()):
        raise DatabaseUnavailable(f"`connect_timeout={text}` in the database's URL is no number of seconds.")
    # As everywhere else, 0 is no limit, and one second is too short.
    return max(float(text), 2.0) if int(text) else None
