"""PostgreSQL over TLS, with certificates of servers and of clients, and what is said of those that are not accepted."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from jobsvc.db.addresses import read_address, shown
from jobsvc.db.database import Database
from jobsvc.db.migrate import migrate
from jobsvc.domain.errors import DatabaseUnavailable
from tests.certificates import DAY, Authority
from tests.tls_postgres import TlsPostgres, directory_of_servers, needs_tls_postgres

pytestmark = needs_tls_postgres


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with directory_of_servers() as place:
        yield place


@pytest.fixture(scope="module")
def authority(place: Path) -> Authority:
    return Authority(place)


@pytest.fixture(scope="module")
def server(place: Path, authority: Authority) -> Iterator[TlsPostgres]:
    server = TlsPostgres(place / "server", authority)
    server.make()
    server.start()
    server.execute("CREATE ROLE certified LOGIN")
    server.execute("GRANT ALL ON DATABASE postgres TO certified")
    server.execute("GRANT ALL ON SCHEMA public TO certified")
    yield server
    server.stop()


def certificate(issuer: Authority, name: str = "certified") -> str:
    file, key = issuer.issue(name)
    return f"&sslcert={file}&sslkey={key}"


async def connected(url: str) -> bool:
    database = Database.connect(url)
    try:
        await database.check()
        async with database.engine.connect() as connection:
            statement = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
            return bool((await connection.exec_driver_sql(statement)).scalar_one())
    finally:
        await database.close()


async def test_a_server_that_is_who_it_says(server: TlsPostgres) -> None:
    assert await connected(server.url())
    assert await connected(server.url().replace("verify-full", "verify-ca").replace("localhost", "127.0.0.1"))


async def test_a_client_that_shows_a_certificate(server: TlsPostgres, authority: Authority) -> None:
    url = server.url("certified", query=certificate(authority))
    assert await connected(url)
    database = Database.connect(url, direct_url=url)
    await migrate(database.direct)
    await database.check_direct()
    await database.close()


async def refusal(url: str) -> str:
    with pytest.raises(DatabaseUnavailable) as raised:
        await connected(url)
    assert "\n" not in raised.value.detail
    assert "dsn=" not in raised.value.detail
    return raised.value.detail


async def test_a_server_that_is_another_one(server: TlsPostgres, tmp_path: Path) -> None:
    assert "IP address mismatch" in await refusal(server.url(host="127.0.0.1"))
    other = Authority(tmp_path).file
    assert "certificate verify failed" in await refusal(server.url().partition("sslrootcert")[0] + f"sslrootcert={other}")


async def test_a_file_that_is_not_there_is_named(server: TlsPostgres, authority: Authority, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert f"(sslrootcert={missing})" in await refusal(server.url().partition("sslrootcert")[0] + f"sslrootcert={missing}")
    file, _ = authority.issue("certified")
    assert f"(sslkey={missing})" in await refusal(server.url("certified", query=f"&sslcert={file}&sslkey={missing}"))


async def test_a_client_without_a_certificate_or_with_another_ones(
    server: TlsPostgres, authority: Authority, tmp_path: Path
) -> None:
    assert "requires a valid client certificate" in await refusal(server.url("certified"))
    assert "certificate authentication failed" in await refusal(server.url("certified", query=certificate(authority, "other")))
    strange = await refusal(server.url("certified", query=certificate(Authority(tmp_path))))
    assert "its own log says so" in strange or "unknown ca" in strange
    assert f"sslcert={tmp_path}/certified.pem" in strange.replace("%2F", "/")


async def test_a_server_whose_certificate_is_over(place: Path, authority: Authority) -> None:
    server = TlsPostgres(place / "over", authority)
    server.make(3 * DAY)
    server.start()
    try:
        assert "certificate has expired" in await refusal(server.url())
    finally:
        server.stop()


def test_nothing_secret_is_shown() -> None:
    address = read_address("postgresql://me:secret@h/d?sslmode=require&sslpassword=secret")
    assert shown(address.url) == "postgresql://me:***@h:5432/d?sslmode=require"
