"""The secrets of job types go through an export and an import, and no import loses those that are here."""

from typing import Any

import pytest

from jobsvc.db.database import Database
from tests.factories import manifest
from tests.transfer.lines import BASIS, Line, empty, load, load_text, save, save_text

MASK = "*****"
MANIFEST = manifest("echo", interface={"command": "true", "settings": [{"name": "HOST"}, {"name": "PASSKEY", "secret": True}]})


def job_type(**members: Any) -> Line:
    return {**BASIS[2], "manifest": MANIFEST, **members}


def settings(**values: str | None) -> Line:
    return job_type(configuration={"priority": 5, "settings": values})


async def stored(db: Database) -> tuple[dict[str, str], dict[str, str]]:
    """The plain settings and the secrets of the job type."""
    [line] = await save(db, "job_type")
    return line["configuration"].get("settings", {}), line["secrets"]


async def test_secrets_of_another_system_are_put_apart(db: Database) -> None:
    await load(db, settings(HOST="db-1", PASSKEY="horse"))
    [line] = await save(db, "job_type")
    assert line["configuration"] == {"priority": 5, "settings": {"HOST": "db-1"}}
    assert line["secrets"] == {"PASSKEY": "horse"}


async def test_a_round_trip(db: Database) -> None:
    await load(db, settings(HOST="db-1", PASSKEY="horse"))
    content = await save_text(db)
    assert (await load_text(db, content))["job_type"].unchanged == 1
    await empty(db)
    await load_text(db, content)
    assert await stored(db) == ({"HOST": "db-1"}, {"PASSKEY": "horse"})


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        (settings(HOST="db-2"), "horse"),
        (settings(HOST="db-2", PASSKEY=MASK), "horse"),
        (settings(HOST="db-2", PASSKEY=None), "horse"),
        (settings(HOST="db-2", PASSKEY="another"), "another"),
        ({**settings(HOST="db-2", PASSKEY=MASK), "secrets": {"PASSKEY": "another"}}, "another"),
        ({**settings(HOST="db-2"), "secrets": {"PASSKEY": "another"}}, "another"),
    ],
)
async def test_the_secrets_that_are_here(db: Database, line: Line, secret: str) -> None:
    await load(db, settings(HOST="db-1", PASSKEY="horse"))
    await load(db, line)
    assert await stored(db) == ({"HOST": "db-2"}, {"PASSKEY": secret})
    assert (await load(db, line))["job_type"].unchanged == 1


async def test_a_mask_is_no_secret(db: Database) -> None:
    await load(db, settings(HOST=MASK, PASSKEY=MASK))
    assert await stored(db) == ({"HOST": MASK}, {})


async def test_a_job_type_without_a_configuration(db: Database) -> None:
    await load(db, settings(HOST="db-1", PASSKEY="horse"))
    await load(db, job_type())
    assert await stored(db) == ({"HOST": "db-1"}, {"PASSKEY": "horse"})
