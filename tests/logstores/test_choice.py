"""Which log store the settings mean."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobsvc.db.database import Database
from jobsvc.settings import Settings, SettingsProblem, read_settings
from jobsvc.wiring import open_log_store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(("urls", "name"), [((), "postgres"), (("http://127.0.0.1:9200",), "elasticsearch")])
async def test_elasticsearch_where_there_is_one(db: Database, urls: tuple[str, ...], name: str) -> None:
    store = open_log_store(Settings(elasticsearch_url=urls), db)
    assert store.name == name
    await store.close()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ELASTICSEARCH_URL", "secret"),
        ("ELASTICSEARCH_URL", "https://user:secret@"),
        ("ELASTICSEARCH_URL", "https://user:secret@host:port"),
        ("ELASTICSEARCH_URL", "https://user:secret@host:65536"),
        ("ELASTICSEARCH_URL", "https://host,ftp://user:secret@host"),
        ("ELASTICSEARCH_CA_CERTS", "/nowhere/secret.pem"),
        ("LOG_INDEX", "Secret"),
        ("LOG_INDEX", "logstash"),
        ("LOG_INDEX", "secret*"),
        ("LOG_RETENTION_DAYS", "-1"),
    ],
)
def test_what_cannot_be_used_is_refused(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(f"JOBSVC_{variable}", value)
    with pytest.raises(SettingsProblem, match=f"^JOBSVC_{variable}: ") as problem:
        read_settings()
    assert "secret" not in str(problem.value)


def test_other_processes_get_the_same_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    certificates = tmp_path / "ca.pem"
    certificates.touch()
    urls = ("https://user:hidden@one:9200", "https://[::1]:9201/path")
    chosen = Settings(elasticsearch_url=urls, elasticsearch_api_key="hidden", elasticsearch_ca_certs=certificates)
    for name, value in chosen.as_environment().items():
        monkeypatch.setenv(name, value)
    assert read_settings() == chosen
    assert "hidden" not in repr(chosen)


async def test_one_process_at_a_time(db: Database) -> None:
    async with db.try_exclusive("a") as first, db.try_exclusive("a") as second, db.try_exclusive("b") as other:
        assert (first, second, other) == (True, False, True)
    async with asyncio.timeout(5), db.try_exclusive("a") as again:
        assert again
