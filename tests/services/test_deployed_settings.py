"""Settings as containers are given them: secrets in files, and names that may be misspelt."""

from pathlib import Path

import pytest

from jobsvc.settings import SECRETS, SettingsProblem, read_settings, unknown_variables

VALUES = {
    "database_url": "postgresql://me@h/d",
    "database_direct_url": "postgresql://me@h:6432/d",
    "tokens": f"jane:{'a' * 64}",
    "elasticsearch_url": "http://h:9200",
    "elasticsearch_api_key": "key",
    "oidc_client_secret": "secret",
}


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_may_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    file = tmp_path / name
    file.write_text(VALUES[name] + "\n")
    if name == "database_direct_url":
        monkeypatch.setenv("JOBSVC_DATABASE_URL", VALUES["database_url"])
    monkeypatch.setenv(f"JOBSVC_{name.upper()}_FILE", str(file))
    value = getattr(read_settings(), name)
    assert (value if isinstance(value, str) else value[0]) == VALUES[name]


@pytest.mark.parametrize("content", [b"%s", b"%s\r\n", b" %s \n\n", b"\xef\xbb\xbf%s\r\n"])
def test_what_editors_put_around_a_secret_is_no_part_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    file = tmp_path / "url"
    file.write_bytes(content % VALUES["database_url"].encode())
    monkeypatch.setenv("JOBSVC_DATABASE_URL_FILE", str(file))
    assert read_settings().database_url == VALUES["database_url"]


def test_behind_a_pooler_both_urls_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBSVC_DATABASE_DIRECT_URL", "postgresql://h/d")
    with pytest.raises(SettingsProblem, match=r"^JOBSVC_DATABASE_URL: must be set with JOBSVC_DATABASE_DIRECT_URL"):
        read_settings()


def test_the_variable_itself_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBSVC_DATABASE_URL", "postgresql://mine/d")
    monkeypatch.setenv("JOBSVC_DATABASE_URL_FILE", str(tmp_path / "absent"))
    assert read_settings().database_url == "postgresql://mine/d"


@pytest.mark.parametrize(("content", "problem"), [(None, "No such file"), (b"", "is empty"), (b"\xff\xfe", "no text")])
def test_a_file_that_cannot_be_used_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, problem: str
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("JOBSVC_TOKENS_FILE", str(file))
    with pytest.raises(SettingsProblem, match=f"JOBSVC_TOKENS_FILE: .*secret.*{problem}"):
        read_settings()


def test_what_is_no_setting_is_named_with_what_is_like_it() -> None:
    environment = {"JOBSVC_DATABSE_URL": "x", "JOBSVC_URL": "x", "JOBSVC_TOKENS_FILE": "x", "JOBSVC_XYZZY": "x", "PATH": "x"}
    assert unknown_variables(environment) == [
        "JOBSVC_DATABSE_URL is no setting: JOBSVC_DATABASE_URL is.",
        "JOBSVC_XYZZY is no setting.",
    ]
