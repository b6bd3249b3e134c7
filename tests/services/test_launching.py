"""What an engine is given, and what of it readers may see."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from jobsvc.db.claims import Claim, Engines
from jobsvc.domain.records import FileItem
from jobsvc.ports.engine import InputFile, LaunchSpec
from jobsvc.services.launching import Launch as PreparedLaunch
from jobsvc.services.launching import LaunchProblem
from tests.services.support import Station

INTERFACE = {
    "command": "run ${IN} ${N}",
    "inputs": {"files": [{"name": "IN", "multiple": True}], "json": [{"name": "N", "type": "integer"}]},
    "outputs": {"files": [{"name": "OUT", "pattern": "*.txt"}, {"name": "LOG", "pattern": "*.log"}]},
    "settings": [{"name": "HOST"}, {"name": "PASSWORD", "secret": True}],
    "mounts": [{"name": "REF", "path": "/ref"}],
}
SECRET = "correct horse"  # noqa: S105 - of nobody
OF_TYPE = {
    "settings": {"HOST": "db-1", "PASSWORD": SECRET},
    "mounts": {"REF": {"type": "host", "host_path": "/srv/ref"}},
    "output_workspaces": {"default": "default", "outputs": {}},
}


@dataclass(frozen=True)
class Launch:
    """An execution that was launched, and the files that it reads."""

    claim: Claim
    spec: LaunchSpec
    files: list[FileItem]


async def claimed(station: Station, files: list[FileItem], **members: Any) -> Claim:
    job_type = await station.make.job_type(interface=INTERFACE, configuration=OF_TYPE)
    document = {"files": {"IN": [file.file.id for file in files]}, "json": {"N": 3}}
    await station.make.job(job_type, input=document, **members)
    return await station.claimed()


async def launched(station: Station, **members: Any) -> Launch:
    files = [await station.make.file("b.txt"), await station.make.file("a.txt")]
    claim = await claimed(station, files, **members)
    return Launch(claim, (await station.service.launch(claim)).spec, files)


async def stored(station: Station, claim: Claim) -> dict[str, Any]:
    """The configuration of an execution as readers see it."""
    configuration: dict[str, Any] = (await station.execution(claim.execution_id))["configuration"]
    return configuration


async def test_the_inputs_in_the_sequence_in_which_they_were_given(station: Station) -> None:
    launch = await launched(station)
    result = [
        InputFile(item.file.id, Path(item.workspace.host_path) / item.file.file_path, item.file.file_name)
        for item in launch.files
    ]
    assert launch.spec.file_inputs == {"IN": tuple(result)}
    assert [file.path.read_bytes() for file in result] == [b"hello\n"] * 2
    assert launch.spec.json_inputs == {"N": 3}


async def test_who_runs_and_for_how_long(station: Station) -> None:
    launch = await launched(station)
    claim, spec = launch.claim, launch.spec
    assert (spec.execution_id, spec.job_id, spec.exe_num) == (claim.execution_id, claim.job_id, 1)
    assert (spec.cluster_id, spec.timeout) == (claim.cluster_id, 60)
    assert spec.manifest.command == INTERFACE["command"]


async def test_secrets_are_given_to_the_engine_and_shown_to_nobody(station: Station) -> None:
    launch = await launched(station)
    assert launch.spec.settings == {"HOST": "db-1", "PASSWORD": SECRET}
    [task] = (await stored(station, launch.claim))["tasks"]
    assert task["settings"] == {"HOST": "db-1", "PASSWORD": "*****"}
    assert SECRET not in str(await station.queue.execute("SELECT to_jsonb(execution), to_jsonb(job) FROM execution, job"))


async def test_the_settings_of_a_job_replace_all_but_the_secrets(station: Station) -> None:
    launch = await launched(station, configuration={"settings": {"HOST": "db-2", "PASSWORD": "guess"}})
    assert launch.spec.settings == {"HOST": "db-2", "PASSWORD": SECRET}
    assert "guess" not in str(await station.queue.execute("SELECT to_jsonb(execution), to_jsonb(job) FROM execution, job"))


async def test_what_the_execution_was_given_is_recorded(station: Station) -> None:
    launch = await launched(station)
    document = await stored(station, launch.claim)
    assert document["version"] == "2.0"
    assert [file["id"] for file in document["input_files"]["IN"]] == [item.file.id for item in launch.files]
    assert document["output_workspaces"] == {"OUT": "default", "LOG": "default"}
    [task] = document["tasks"]
    assert (task["type"], task["args"]) == ("main", INTERFACE["command"])
    assert task["mounts"] == {"REF": {"type": "host", "host_path": "/srv/ref"}}


async def test_the_resources_are_those_of_the_manifest_and_no_less_than_the_least(station: Station) -> None:
    launch = await launched(station)
    assert launch.spec.resources == {"cpus": 0.25, "mem": 128.0, "disk": 1.0, "gpus": 0.0}
    execution = await station.execution(launch.claim.execution_id)
    assert execution["resources"] == {"version": "1.0", "resources": dict(launch.spec.resources)}


async def test_what_is_known_of_the_inputs(station: Station) -> None:
    file = await station.make.file("a.txt", source_sensor="eye")
    spec = (await station.service.launch(await claimed(station, [file]))).spec
    assert spec.input_metadata is not None
    [feature] = spec.input_metadata["JOB"]["IN"]
    assert (feature["id"], feature["file_name"], feature["source_sensor"]) == (file.file.id, "a.txt", "eye")
    assert (feature["file_size"], feature["source_started"]) == (6, None)


async def refused(station: Station, statement: str) -> LaunchProblem:
    """Why an execution cannot be launched after something happened to its input."""
    claim = await claimed(station, [await station.make.file("a.txt")])
    await station.queue.execute(statement)
    with pytest.raises(LaunchProblem) as problem:
        await station.service.launch(claim)
    return problem.value


async def test_an_input_that_was_deleted(station: Station) -> None:
    problem = await refused(station, "UPDATE file SET is_deleted = true")
    assert (problem.error_name, problem.reason) == ("deleted-file", "the input file 1 (a.txt) was deleted")


async def test_an_input_that_leads_out_of_its_workspace(station: Station) -> None:
    problem = await refused(station, "UPDATE file SET file_path = '../secrets.txt'")
    assert problem.error_name == "filesystem-io"


async def test_an_input_of_a_workspace_that_is_no_directory(station: Station) -> None:
    problem = await refused(station, 'UPDATE workspace SET configuration = \'{"broker": {"type": "s3"}}\'')
    assert problem.error_name == "filesystem-io"


def assert_same(one: PreparedLaunch, other: PreparedLaunch) -> None:
    """At least so much memory is none of the manifest's in the queue, and what the execution got once it is recorded."""
    assert one.spec == other.spec
    assert one.inputs._replace(memory=0) == other.inputs._replace(memory=0)


async def test_what_is_claimed_comes_with_its_launch(station: Station) -> None:
    job_type = await station.make.job_type(interface=INTERFACE, configuration=OF_TYPE)
    files = [await station.make.file(f"{name}.txt") for name in "abc"]
    for number, file in enumerate(files):
        await station.make.job(job_type, input={"files": {"IN": [file.file.id]}, "json": {"N": number}})
    taken = await station.service.claim(station.worker, Engines("subprocess", {"subprocess": None}, {"subprocess": 9}))
    for number, (file, claimed_) in enumerate(zip(files, taken, strict=True)):
        assert claimed_.planned is not None
        with_claim = claimed_.planned.launch(claimed_.claim)
        recorded = await station.execution(claimed_.claim.execution_id)
        assert_same(with_claim, await station.service.launch(claimed_.claim))
        assert [item.id for item in with_claim.spec.file_inputs["IN"]] == [file.file.id]
        assert with_claim.spec.json_inputs == {"N": number}
        assert recorded["configuration"]["tasks"][0]["settings"] == {"HOST": "db-1", "PASSWORD": "*****"}
        again = await station.execution(claimed_.claim.execution_id)
        assert recorded == {**again, "last_modified": recorded["last_modified"]}


async def test_what_is_taken_over_comes_with_its_launch(station: Station) -> None:
    engine = {"engine": {"name": "slurm"}}
    job_type = await station.make.job_type(interface=INTERFACE, configuration={**OF_TYPE, **engine})
    files = [await station.make.file(f"{name}.txt") for name in "abc"]
    for number, file in enumerate(files):
        await station.make.job(job_type, input={"files": {"IN": [file.file.id]}, "json": {"N": number}})
    engines = Engines("subprocess", {"slurm": "slurm@x"}, {"slurm": 9})
    claimed_ = {item.claim.execution_id: item for item in await station.service.claim(station.worker, engines)}
    await station.queue.execute("UPDATE file SET is_deleted = true WHERE id = :id", id=files[1].file.id)
    for item in claimed_.values():
        await station.service.let_go(item.claim)
    taken = await station.service.take_over(replace(station.worker, id="other"), engines)
    assert {lease.execution_id for lease, _ in taken} == claimed_.keys()
    launched = {lease.execution_id: planned.launch(lease) for lease, planned in taken if planned.plan}
    assert len(launched) == 2
    for execution_id, launch in launched.items():
        before = claimed_[execution_id].planned
        assert before is not None
        assert_same(launch, before.launch(claimed_[execution_id].claim))
    # What one of them was given stays as it was recorded, though it could not be given that now.
    for execution_id in claimed_:
        recorded = await station.execution(execution_id)
        assert recorded["configuration"]["tasks"][0]["settings"] == {"HOST": "db-1", "PASSWORD": "*****"}


async def test_one_that_cannot_be_launched_does_not_keep_its_neighbours_from_it(station: Station) -> None:
    job_type = await station.make.job_type(interface=INTERFACE, configuration=OF_TYPE)
    files = [await station.make.file(f"{name}.txt") for name in "abc"]
    for file in files:
        await station.make.job(job_type, input={"files": {"IN": [file.file.id]}, "json": {"N": 1}})
    await station.queue.execute("UPDATE file SET is_deleted = true WHERE id = :id", id=files[1].file.id)
    taken = await station.service.claim(station.worker, Engines("subprocess", {"subprocess": None}, {"subprocess": 9}))
    assert [item.planned is not None and item.planned.plan is not None for item in taken] == [True, False, True]
    assert taken[1].planned is not None
    with pytest.raises(LaunchProblem, match="was deleted"):
        taken[1].planned.launch(taken[1].claim)
    assert (await station.execution(taken[1].claim.execution_id))["configuration"] == {}
