"""Job types that are read, edited and sent back keep their secrets: what the jobs then read, and what readers see."""

from typing import Any

import pytest

from jobsvc.db.claims import Claim
from jobsvc.domain.errors import InvalidRequest
from jobsvc.services.configurations import shown_configuration
from jobsvc.services.job_types import JobTypeChange, NewJobType
from tests.factories import manifest
from tests.services.support import Station

MASK = "*****"
SECRET = "correct horse"  # noqa: S105 - of nobody
SETTINGS: tuple[dict[str, Any], ...] = ({"name": "HOST"}, {"name": "PASSWORD", "secret": True})


def of(*settings: dict[str, Any]) -> dict[str, Any]:
    return manifest("echo", interface={"command": "true", "settings": list(settings)})


async def new(station: Station, **settings: str | None) -> None:
    await station.make.services.job_types.create(NewJobType(of(*SETTINGS), configuration={"settings": settings}))


async def change(station: Station, **members: Any) -> None:
    await station.make.services.job_types.change("echo", "1.0.0", JobTypeChange(**members))


async def shown(station: Station) -> dict[str, str]:
    """The settings that whoever asks for the job type reads."""
    details = await station.make.services.job_types.get("echo", "1.0.0")
    settings: dict[str, str] = shown_configuration(None, details.configuration, details.manifest)["settings"]
    return settings


async def submit(station: Station, **members: Any) -> Claim:
    """Claim a new job of the type."""
    await station.make.job(await station.make.services.job_types.get("echo", "1.0.0"), **members)
    return await station.claimed()


async def read(station: Station, **members: Any) -> dict[str, str]:
    """The settings that a new job of the type reads."""
    return dict((await station.service.launch(await submit(station, **members))).spec.settings)


@pytest.mark.parametrize(
    "edit",
    [
        {"HOST": "db-2"},
        {"HOST": "db-2", "PASSWORD": MASK},
        {"HOST": "db-2", "PASSWORD": None},
    ],
)
async def test_what_is_read_edited_and_sent_back(station: Station, edit: dict[str, Any]) -> None:
    await new(station, HOST="db-1", PASSWORD=SECRET)
    assert await shown(station) == {"HOST": "db-1"}
    await change(station, configuration={"settings": edit})
    assert await read(station) == {"HOST": "db-2", "PASSWORD": SECRET}
    # The same by POST, with a manifest that makes a new revision.
    again = NewJobType(of(*SETTINGS, {"name": "MORE"}), configuration={"settings": {**edit, "MORE": "1"}})
    await station.make.services.job_types.create(again)
    assert await read(station) == {"HOST": "db-2", "PASSWORD": SECRET, "MORE": "1"}
    assert await shown(station) == {"HOST": "db-2", "MORE": "1"}


@pytest.mark.parametrize("configuration", [None, {}, {"priority": 5}, {"settings": None}, {"settings": {}}])
async def test_a_configuration_without_settings_keeps_the_secrets(station: Station, configuration: Any) -> None:
    await new(station, PASSWORD=SECRET)
    await change(station, configuration=configuration)
    assert await read(station) == {"PASSWORD": SECRET}


@pytest.mark.parametrize("value", ["another", "", "****", MASK + "*"])
async def test_another_value_takes_the_place_of_a_secret(station: Station, value: str) -> None:
    await new(station, PASSWORD=SECRET)
    await change(station, configuration={"settings": {"PASSWORD": value}})
    assert await read(station) == {"PASSWORD": value}


async def test_a_mask_is_a_value_where_there_is_no_secret(station: Station) -> None:
    await new(station, HOST=MASK, PASSWORD=SECRET)
    assert await shown(station) == {"HOST": MASK}
    assert await read(station) == {"HOST": MASK, "PASSWORD": SECRET}


async def test_the_mask_of_a_secret_that_there_is_not(station: Station) -> None:
    with pytest.raises(InvalidRequest, match=r"configuration\.settings\.PASSWORD"):
        await new(station, PASSWORD=MASK)
    await new(station)
    with pytest.raises(InvalidRequest, match=r"configuration\.settings\.PASSWORD"):
        await change(station, configuration={"settings": {"PASSWORD": MASK}})
    assert await read(station) == {}


async def test_a_secret_that_leaves_the_manifest_is_shown_to_nobody_and_comes_back_with_it(station: Station) -> None:
    await new(station, HOST="db-1", PASSWORD=SECRET)
    old = await submit(station)
    await change(station, manifest=of({"name": "HOST"}))
    assert await shown(station) == {"HOST": "db-1"}
    assert (await station.service.launch(old)).spec.settings == {"HOST": "db-1", "PASSWORD": SECRET}
    assert await read(station) == {"HOST": "db-1"}
    await change(station, manifest=of(*SETTINGS))
    assert await read(station) == {"HOST": "db-1", "PASSWORD": SECRET}


async def test_a_secret_that_is_none_any_more_is_read_by_jobs_and_shown_to_nobody(station: Station) -> None:
    await new(station, PASSWORD=SECRET)
    await change(station, manifest=of({"name": "PASSWORD"}), configuration={"settings": {"PASSWORD": MASK}})
    assert await shown(station) == {}
    claim = await submit(station)
    assert (await station.service.launch(claim)).spec.settings == {"PASSWORD": SECRET}
    assert SECRET not in str(await station.execution(claim.execution_id))
    await change(station, configuration={"settings": {"PASSWORD": "open"}})
    assert (await shown(station), await read(station)) == ({"PASSWORD": "open"}, {"PASSWORD": "open"})


async def test_a_setting_that_becomes_secret_keeps_its_value(station: Station) -> None:
    await new(station, HOST="db-1", PASSWORD=SECRET)
    old = await submit(station)
    hidden = {"name": "HOST", "secret": True}
    await change(station, manifest=of(hidden, SETTINGS[1]), configuration={"settings": {"HOST": MASK}})
    assert await shown(station) == {}
    for claim in (old, await submit(station)):
        assert (await station.service.launch(claim)).spec.settings == {"HOST": "db-1", "PASSWORD": SECRET}
        assert "db-1" not in str(await station.execution(claim.execution_id))


@pytest.mark.parametrize("value", [MASK, None, "guess", ""])
async def test_a_job_cannot_bring_secrets_of_its_own(station: Station, value: str | None) -> None:
    await new(station, HOST="db-1", PASSWORD=SECRET)
    settings = {"HOST": "db-2", "PASSWORD": value}
    assert await read(station, configuration={"settings": settings}) == {"HOST": "db-2", "PASSWORD": SECRET}
