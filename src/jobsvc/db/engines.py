"""Engines: how connections are made to PostgreSQL itself, or to a pooler that stands in front of it."""

from collections.abc import Mapping
from typing import Any

import asyncpg
import orjson
from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from jobsvc.db.addresses import Address, has_client_certificate, read_address, shown, unreadable_files
from jobsvc.db.json_text import to_json
from jobsvc.db.turns import WAIT_SECONDS
from jobsvc.domain.errors import DatabaseUnavailable

QUERIES = 60
"""Statements that are remembered with their texts, tens of KiB each; half as many more before some are let go of."""
PREPARED = 30
"""Statements that a connection keeps prepared, of SQLAlchemy's and of those handed to the driver: each describes its columns."""
OWN_SETTINGS = {
    "jit": "off",
    # What is written stands on seeing what others have committed meanwhile.
    "default_transaction_isolation": "read committed",
    # Who holds a lock of a session, or listens, has nothing to say for hours.
    "idle_session_timeout": "0",
}
"""What the service relies on, whatever a role or a database has as its default; said by each connection as it is made."""
DIRECT = "JOBSVC_DATABASE_DIRECT_URL"
POOLER = (
    "{where} is no PostgreSQL but a pooler in front of one: set {direct} to the URL of PostgreSQL itself "
    "(docs/operations.md#pgbouncer)."
)
OTHER_DATABASE = "JOBSVC_DATABASE_URL and {direct} lead to different databases ({pooled} and {own}): give both the same one."
REFUSED_PARAMETER = "unsupported startup parameter"
"""What PgBouncer says to what it cannot keep apart for those who share a connection; PostgreSQL has other words."""
ISOLATION = (
    "Transactions of {where} begin as `{isolation}`, by a default of its role or database, and the service needs "
    "`read committed`: ALTER ROLE ... SET default_transaction_isolation = 'read committed'."
)
OLDEST_VERSION = 15
_SERVER = text("""
    SELECT pg_backend_pid(), current_setting('server_version_num'), current_setting('default_transaction_isolation'),
        current_database(), pg_postmaster_start_time()
""")


def pool_engine(url: str, *, pool_size: int, server_settings: Mapping[str, str] | None = None, is_pooled: bool) -> AsyncEngine:
    """An engine with a pool; connections are made when needed.

    `is_pooled`: a pooler gives them, which may lend another one of the server's to each transaction. Nothing is left on
    them then: no settings but those that poolers keep apart, and no prepared statements.
    """
    address = read_address(url)
    prepared = 0 if is_pooled else PREPARED
    return create_async_engine(
        address.url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS,
        # A connection that was just used has the statements prepared that are asked next.
        pool_use_lifo=True,
        query_cache_size=QUERIES,
        json_serializer=to_json,
        json_deserializer=orjson.loads,
        connect_args=_connect_args(address, {} if is_pooled else OWN_SETTINGS, server_settings)
        | {"prepared_statement_cache_size": prepared, "statement_cache_size": prepared},
    )


def direct_engine(url: str) -> AsyncEngine:
    """An engine for the few connections that need a session of their own: each ends with its use."""
    address = read_address(url)
    return create_async_engine(address.url, poolclass=NullPool, connect_args=_connect_args(address, OWN_SETTINGS, None))


def _connect_args(address: Address, own: Mapping[str, str], more: Mapping[str, str] | None) -> dict[str, Any]:
    settings = {"application_name": "jobsvc", "timezone": "UTC", **own, **address.server_settings, **(more or {})}
    return {"server_settings": settings, "timeout": address.timeout}


async def check_engines(engine: AsyncEngine, direct: AsyncEngine) -> None:
    """Connect once by each of the two, which are the same one without a pooler.

    Raises:
        DatabaseUnavailable: With the address and the reason: it cannot be used, or the two do not lead where they should.
    """
    pooled, is_pooler = await _identity(engine)
    if direct is engine:
        own = pooled
    else:
        own, is_pooler = await _identity(direct)
    if is_pooler:
        raise DatabaseUnavailable(_pooler_sentence(direct))
    if pooled != own:
        raise DatabaseUnavailable(OTHER_DATABASE.format(direct=DIRECT, pooled=shown(engine.url), own=shown(direct.url)))


async def _identity(engine: AsyncEngine) -> tuple[Any, bool]:
    """What tells a database from others, and whether a pooler stands in front of it."""
    try:
        async with engine.connect() as connection:
            pid, version, isolation, *identity = (await connection.execute(_SERVER)).one()
            _require_server(shown(engine.url), int(version), isolation)
            return identity, pid != await _announced_pid(connection)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError) as exc:
        reason = reason_of(exc)
        if reason in {f"{REFUSED_PARAMETER}: {name}" for name in OWN_SETTINGS}:
            raise DatabaseUnavailable(_pooler_sentence(engine)) from exc
        if REFUSED_PARAMETER in reason:
            reason += " (a pooler refuses what it would have to set for each client: leave that out of the URL)"
        raise DatabaseUnavailable(f"The database {shown(engine.url)} cannot be used: {reason}{_hint(engine.url, exc)}") from exc


def _require_server(where: str, version: int, isolation: str) -> None:
    if version < OLDEST_VERSION * 10000:
        raise DatabaseUnavailable(
            f"The database {where} is of PostgreSQL {version // 10000}: the service needs {OLDEST_VERSION} or newer."
        )
    if isolation != "read committed":
        raise DatabaseUnavailable(ISOLATION.format(where=where, isolation=isolation))


def _hint(url: URL, problem: BaseException) -> str:
    """What the driver leaves out of its reason."""
    error = _driver_error(problem)
    if isinstance(error, asyncpg.UndefinedObjectError):
        return f" (the service needs PostgreSQL {OLDEST_VERSION} or newer)"
    if isinstance(error, FileNotFoundError | PermissionError) and (files := unreadable_files(url)):
        return f" ({', '.join(files)})"
    if isinstance(error, ConnectionError | asyncpg.ConnectionDoesNotExistError) and has_client_certificate(url):
        return " (if the server does not trust the certificate of sslcert, its own log says so)"
    return ""


def reason_of(problem: BaseException) -> str:
    """Why no connection could be made, in one line."""
    error = _driver_error(problem)
    if isinstance(error, TimeoutError) and not str(error):
        return "it does not answer in time"
    return " ".join(str(error).split()) or type(error).__name__


def _driver_error(problem: BaseException) -> BaseException:
    """The adapter puts the class of the driver's error before its text."""
    if isinstance(problem, DBAPIError) and problem.orig is not None:
        return problem.orig.__cause__ or problem.orig
    return problem


async def _announced_pid(connection: AsyncConnection) -> int:
    """The process that whoever answered says to be: a pooler makes up a number."""
    raw = await connection.get_raw_connection()
    driver: Any = raw.driver_connection
    return int(driver.get_server_pid())


def _pooler_sentence(engine: AsyncEngine) -> str:
    return POOLER.format(where=shown(engine.url), direct=DIRECT)


def asyncpg_url(url: str) -> str:
    """The URL of a database as the driver that the service uses takes it."""
    return read_address(url).url.render_as_string(hide_password=False)


def session_options(url: str) -> dict[str, Any]:
    """An address in the driver's words, for a session of its own outside of all pools: named and begun as theirs."""
    address = read_address(url)
    return driver_options(create_async_engine(address.url)) | _connect_args(address, OWN_SETTINGS, None)


def driver_options(engine: AsyncEngine) -> dict[str, Any]:
    """The engine's address in the driver's words, for connections outside of the pool."""
    arguments = engine.dialect.create_connect_args(engine.url)[1]
    return {name: value for name, value in arguments.items() if not name.startswith("prepared_statement")}
