"""Job types are parsed once, and a change of one is seen by the next job."""

import pytest

from jobsvc.api.context import Services
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.writes import JobTypeOptions
from jobsvc.services import submitted_types
from jobsvc.services.job_types import JobTypeChange
from jobsvc.services.submission import NewJob
from tests.db.statements import Statements
from tests.factories import Factory, manifest

NUMBER = {"command": "true", "inputs": {"json": [{"name": "N", "type": "integer"}]}}


async def test_a_job_takes_three_statements_and_two_without_files(services: Services, make: Factory) -> None:
    file_id = (await make.file()).file.id
    interface = {"command": "cat ${IN}", "inputs": {"files": [{"name": "IN", "required": False}]}}
    new = NewJob((await make.job_type(interface=interface)).item.job_type.id)
    await services.jobs.submit(new)
    with Statements(make.db) as statements:
        await services.jobs.submit(new)
    assert len(statements) == 2
    with Statements(make.db) as statements:
        await services.jobs.submit(NewJob(new.job_type_id, {"files": {"IN": [file_id]}}))
    assert len(statements) == 3


async def test_a_change_of_a_type_counts_for_the_next_job(services: Services, make: Factory) -> None:
    new = NewJob((await make.job_type("echo")).item.job_type.id)
    first, _ = await services.jobs.submit(new)
    await services.job_types.change("echo", "1.0.0", JobTypeChange(configuration={"priority": 7}))
    second, _ = await services.jobs.submit(new)
    assert (first.type_configuration["priority"], second.type_configuration["priority"]) == (100, 7)
    await services.job_types.change("echo", "1.0.0", JobTypeChange(manifest=manifest("echo", interface=NUMBER)))
    with pytest.raises(InvalidRequest, match=r"input\.json\.N: is required"):
        await services.jobs.submit(new)
    third, _ = await services.jobs.submit(NewJob(new.job_type_id, {"json": {"N": 1}}))
    assert (second.revision.revision_num, third.revision.revision_num) == (1, 2)
    await services.job_types.change("echo", "1.0.0", JobTypeChange(options=JobTypeOptions(is_active=False)))
    with pytest.raises(InvalidRequest, match="is not active"):
        await services.jobs.submit(new)
    await make.job_type("echo", "2.0.0")
    await services.job_types.change("echo", "1.0.0", JobTypeChange(options=JobTypeOptions(is_active=True, is_paused=True)))
    last, _ = await services.jobs.submit(NewJob(new.job_type_id, {"json": {"N": 1}}))
    assert (last.num_versions, last.latest_version) == (2, "2.0.0")
    assert "job-type-paused" in [reason.name for reason in last.pending.reasons]


async def test_as_many_types_as_are_kept_may_take_turns(
    services: Services, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submitted_types, "MOST_TYPES", 2)
    ids = [(await make.job_type(name)).item.job_type.id for name in ("a", "b", "c")]
    for job_type_id in [*ids, *ids]:
        details, _ = await services.jobs.submit(NewJob(job_type_id))
        assert details.item.job_type.id == job_type_id
