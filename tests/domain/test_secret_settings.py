"""Secrets stay until another value is given, and nothing that is shown holds one."""

import pytest

from jobsvc.domain.configuration import JobConfiguration
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.secret_settings import MASK, Separated, job_settings, separate
from jobsvc.domain.seed import SeedManifest, Setting

WITHOUT = SeedManifest("count", "1.0.0", "1.0.0", "Count", "", 60)


def manifest(*settings: Setting) -> SeedManifest:
    return SeedManifest("count", "1.0.0", "1.0.0", "Count", "", 60, settings=settings)


MANIFEST = manifest(Setting("host"), Setting("password", secret=True))


def of(**settings: str) -> JobConfiguration:
    return JobConfiguration(settings=settings)


@pytest.mark.parametrize(
    ("settings", "stored", "plain", "secrets"),
    [
        ({"host": "a", "password": "b"}, {}, {"host": "a"}, {"password": "b"}),
        ({"host": "a"}, {"password": "b"}, {"host": "a"}, {"password": "b"}),
        ({"password": MASK}, {"password": "b"}, {}, {"password": "b"}),
        ({"password": "c"}, {"password": "b"}, {}, {"password": "c"}),
        ({"password": ""}, {"password": "b"}, {}, {"password": ""}),
        ({"host": MASK, "other": MASK}, {"password": "b"}, {"host": MASK, "other": MASK}, {"password": "b"}),
        ({"host": MASK}, {"host": "was secret"}, {}, {"host": "was secret"}),
        ({"host": "a"}, {"host": "was secret"}, {"host": "a"}, {}),
        ({}, {"gone": "b"}, {}, {"gone": "b"}),
    ],
)
def test_what_becomes_of_the_settings(
    settings: dict[str, str], stored: dict[str, str], plain: dict[str, str], secrets: dict[str, str]
) -> None:
    assert separate(of(**settings), MANIFEST, stored) == Separated(of(**plain), secrets)


def test_a_mask_with_nothing_behind_it_is_refused() -> None:
    with pytest.raises(InvalidRequest, match=r"^configuration\.settings\.password: "):
        separate(of(password=MASK), MANIFEST, {"other": "b"})


@pytest.mark.parametrize(
    ("job", "of_type", "secrets", "values", "hidden"),
    [
        ({"host": "a"}, {}, {"password": "b"}, {"host": "a", "password": "b"}, {"password"}),
        ({"host": "a", "password": MASK}, {}, {}, {"host": "a"}, {"password"}),
        ({"password": "guess"}, {}, {"password": "b"}, {"password": "b"}, {"password"}),
        # The type's manifest has it in the open by now.
        ({}, {"password": "b"}, {}, {"password": "b"}, {"password"}),
        # ... or keeps secret what was in the open, when the job was made.
        ({}, {}, {"host": "a"}, {"host": "a"}, {"host", "password"}),
        ({"host": MASK}, {}, {"host": "a"}, {"host": "a"}, {"host", "password"}),
        ({"host": "mine"}, {}, {"host": "a"}, {"host": "mine"}, {"password"}),
        ({}, {}, {"undeclared": "a"}, {}, {"password"}),
    ],
)
def test_what_a_job_reads(
    job: dict[str, str], of_type: dict[str, str], secrets: dict[str, str], values: dict[str, str], hidden: set[str]
) -> None:
    settings = job_settings(of(**job), of(**of_type), MANIFEST, secrets)
    assert (dict(settings.values), set(settings.hidden)) == (values, hidden)


def test_a_manifest_without_settings_reads_no_secret() -> None:
    assert job_settings(of(), of(), WITHOUT, {"password": "b"}).values == {}
