"""What a job leaves becomes files of workspaces, or nothing at all."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from jobsvc.db.claims import Claim
from jobsvc.db.tables import WorkspaceRow
from jobsvc.domain.builtin_errors import FILESYSTEM_IO
from jobsvc.domain.errors import StorageFailure
from jobsvc.domain.filters import FileFilter
from jobsvc.domain.outcome import Canceled, CapturedFile, CapturedOutput, Completed, Failed, HandedBack, Lost, Outcome
from jobsvc.domain.paging import PageRequest
from jobsvc.domain.records import FileColumns
from jobsvc.services.completion import ExecutionResult
from jobsvc.services.products import ProductService
from tests.services.support import Station

INTERFACE = {
    "command": "run",
    "inputs": {"files": [{"name": "IN", "multiple": True}, {"name": "ONE", "required": False}]},
    "outputs": {"files": [{"name": "OUT", "pattern": "*.txt", "multiple": True}, {"name": "ALL", "pattern": "*"}]},
}
EARLY, LATE = datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC)
PAIR = {"command": "run", "inputs": {"files": [{"name": "A"}, {"name": "B"}]}}
SURVEY = {"type": "Feature", "geometry": None, "properties": {"sourceTask": "survey"}}
POINT = {"type": "Point", "coordinates": [1, 2]}


@pytest.fixture
async def claim(station: Station) -> Claim:
    """A running execution that reads two files; the second one also under another name."""
    first = await station.make.file("a.txt", source_started=LATE, source_ended=LATE, source_sensor="eye")
    second = await station.make.file("b.txt", source_started=EARLY, source_task="survey")
    ids = {"IN": [first.file.id, second.file.id], "ONE": [second.file.id]}
    await station.make.job(await station.make.job_type(interface=INTERFACE), input={"files": ids})
    return await station.claimed()


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """Where the job left its files."""
    directory = tmp_path / "scratch" / "sub"
    directory.mkdir(parents=True)
    return directory.parent


def captured(scratch: Path, name: str = "out.txt", output: str = "OUT", metadata: Any = None) -> CapturedFile:
    """A file that the job left."""
    (scratch / name).write_text("result\n")
    return CapturedFile(output, scratch / name, name, "text/plain", metadata)


def published(station: Station) -> ProductService:
    return ProductService(station.queue.db)


async def publish(station: Station, claim: Claim, *files: CapturedFile, **output: Any) -> ExecutionResult:
    return await end(station, claim, Completed(CapturedOutput(files, **output)))


async def end(station: Station, claim: Claim, outcome: Outcome) -> ExecutionResult:
    async with station.queue.db.reading() as tx:
        [inputs] = await tx.launch_inputs.of_executions([claim.execution_id])
    return await published(station).publish(claim, inputs, outcome)


async def products(station: Station, claim: Claim) -> list[FileColumns]:
    """What the job is known to have produced."""
    page = await station.make.services.files.list(FileFilter(job_ids=frozenset({claim.job_id})), (), PageRequest())
    return [item.file for item in page.items]


def kept(tmp_path: Path) -> list[str]:
    """The files of the default workspace that no user uploaded."""
    root = tmp_path / "data" / "workspaces" / "default"
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and "uploads" not in path.parts)


async def test_a_product_is_copied_and_then_recorded(station: Station, claim: Claim, scratch: Path, tmp_path: Path) -> None:
    ending = await publish(station, claim, captured(scratch, "sub/out.txt"))
    [path] = kept(tmp_path)
    assert path.startswith(f"echo/1.0.0/job_{claim.job_id}/exe_1/")
    assert path.endswith("/sub/out.txt")
    assert await products(station, claim) == []
    await station.service.finish(claim, ending)
    [file] = await products(station, claim)
    assert (file.file_name, file.file_path, file.file_size, file.file_type) == ("out.txt", path, 7, "PRODUCT")
    assert (file.job_id, file.job_exe_id, file.job_output) == (claim.job_id, claim.execution_id, "OUT")
    details = await station.make.services.jobs.get(claim.job_id)
    assert details.output == {"files": {"OUT": [file.id]}, "json": {}}


async def test_what_lies_elsewhere_is_streamed_and_breaks_off_without_a_trace(
    station: Station, claim: Claim, tmp_path: Path
) -> None:
    async def stream(problem: Exception | None = None) -> AsyncIterator[bytes]:
        yield b"from afar"
        if problem:
            raise problem

    file = CapturedFile("OUT", Path("out.txt"), "out.txt", "text/plain", stream=stream)
    for _ in range(2):  # another worker may have taken it before
        ending = await publish(station, claim, file)
        assert [product.file.file_size for product in ending.products] == [9]
    [path] = kept(tmp_path)
    assert (tmp_path / "data" / "workspaces" / "default" / path).read_bytes() == b"from afar"
    changed = replace(file, stream=lambda: stream(StorageFailure("another digest")))
    failed = await publish(station, claim, changed)
    assert isinstance(failed.outcome, Failed)
    assert failed.outcome.error_name == FILESYSTEM_IO
    assert kept(tmp_path) == []


async def test_a_product_inherits_where_and_when_its_inputs_were_taken(station: Station, claim: Claim, scratch: Path) -> None:
    await station.service.finish(claim, await publish(station, claim, captured(scratch)))
    [file] = await products(station, claim)
    assert (file.source_started, file.source_ended) == (EARLY, LATE)
    assert (file.source_sensor, file.source_task, file.source_collection) == ("eye", "survey", None)
    assert (file.data_started, file.geometry, file.center_point) == (None, None, None)


async def test_a_side_car_knows_better(station: Station, claim: Claim, scratch: Path) -> None:
    properties = {"sourceStarted": "2021-01-01T00:00:00Z", "sourceSensor": "camera", "dataStarted": "2020-01-01T00:00:00Z"}
    side_car = {"type": "Feature", "geometry": POINT, "properties": properties}
    described, plain = captured(scratch, metadata=side_car), captured(scratch, "plain.txt")
    await station.service.finish(claim, await publish(station, claim, described, plain))
    file, other = sorted(await products(station, claim), key=lambda item: item.file_name)
    assert (file.source_started, file.source_ended, file.data_started) == (LATE, LATE, EARLY)
    assert (file.source_sensor, file.source_task) == ("camera", "survey")
    assert (file.geometry, file.center_point) == ("POINT (1 2)", "POINT (1.0 2.0)")
    assert (other.source_sensor, other.geometry) == ("eye", None)


async def test_side_cars_of_inputs_change_the_inputs(station: Station, claim: Claim) -> None:
    document = {"type": "Feature", "geometry": POINT, "properties": {"sourceTask": "review"}}
    ending = await publish(station, claim, input_metadata={"ONE": document, "UNKNOWN": document})
    await station.service.finish(claim, ending)
    query = "SELECT file_name, source_task, source_started, geometry FROM file ORDER BY id"
    assert await station.queue.execute(query) == [("a.txt", None, LATE, None), ("b.txt", "review", EARLY, "POINT (1 2)")]


async def test_outputs_go_to_their_workspaces(station: Station, claim: Claim, scratch: Path, tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    broker = {"type": "host", "host_path": str(tmp_path / "archive")}
    await station.make.row(WorkspaceRow, name="archive", configuration={"broker": broker})
    result = {"default": "default", "outputs": {"OUT": "archive"}}
    await station.make.set(claim.job_id, configuration={"output_workspaces": result})
    await publish(station, claim, captured(scratch), captured(scratch, "log.txt", "ALL"))
    assert [path.name for path in (tmp_path / "archive").rglob("*.txt")] == ["out.txt"]
    assert [Path(path).name for path in kept(tmp_path)] == ["log.txt"]


async def test_a_copy_that_fails_fails_the_execution_and_leaves_nothing(
    station: Station, claim: Claim, scratch: Path, tmp_path: Path
) -> None:
    gone = replace(captured(scratch), path=scratch / "gone.txt", relative_path="gone.txt")
    ending = await publish(station, claim, captured(scratch, "first.txt"), gone, captured(scratch, "last.txt"))
    assert isinstance(ending.outcome, Failed)
    assert (ending.outcome.error_name, ending.products) == ("filesystem-io", ())
    assert kept(tmp_path) == []
    await station.service.finish(claim, ending)
    assert await station.job(claim.job_id) == ("QUEUED", 2, 3, None)


async def test_a_workspace_that_is_gone_fails_the_execution(station: Station, claim: Claim, scratch: Path) -> None:
    await station.make.set(claim.job_id, configuration={"output_workspaces": {"default": "gone"}})
    ending = await publish(station, claim, captured(scratch))
    assert isinstance(ending.outcome, Failed)
    assert ending.outcome.error_name == "filesystem-io"


async def test_copies_of_an_execution_that_was_lost_meanwhile_are_taken_back(
    station: Station, claim: Claim, scratch: Path, tmp_path: Path
) -> None:
    ending = await publish(station, claim, captured(scratch), captured(scratch, "b.txt"))
    assert len(kept(tmp_path)) == 2
    await published(station).delete_unrecorded(ending.products)
    assert kept(tmp_path) == []


@pytest.mark.parametrize("outcome", [Failed("timeout"), Canceled(), HandedBack(), Lost()])
async def test_only_a_job_that_succeeded_has_products(station: Station, claim: Claim, outcome: Outcome) -> None:
    assert await end(station, claim, outcome) == ExecutionResult(outcome)


async def test_one_file_may_be_the_product_of_two_outputs(station: Station, claim: Claim, scratch: Path) -> None:
    ending = await publish(station, claim, captured(scratch), captured(scratch, output="ALL"))
    await station.service.finish(claim, ending)
    assert [file.job_output for file in await products(station, claim)] == ["OUT", "ALL"]
    details = await station.make.services.jobs.get(claim.job_id)
    assert details.output is not None
    assert set(details.output["files"]) == {"OUT", "ALL"}


async def test_executions_that_describe_each_other_s_inputs_do_not_wait_for_each_other(station: Station) -> None:
    """They change the same files, and both begin with the same one."""
    one, two = (await station.make.file()).file.id, (await station.make.file()).file.id
    job_type = await station.make.job_type("pair", interface=PAIR)
    endings = []
    for first, second in ((one, two), (two, one)):
        await station.make.job(job_type, input={"files": {"A": [first], "B": [second]}})
        other = await station.claimed()
        endings.append((other, await publish(station, other, input_metadata={"A": SURVEY, "B": SURVEY})))
    async with station.queue.db.engine.begin() as connection:
        await connection.execute(text("SELECT FROM file WHERE id = :id FOR UPDATE"), {"id": one})
        tasks = []
        for waiting, (other, ending) in enumerate(endings, 1):
            tasks.append(asyncio.create_task(station.service.finish(other, ending)))
            await station.queue.until_someone_waits(waiting)
    await asyncio.gather(*tasks)
