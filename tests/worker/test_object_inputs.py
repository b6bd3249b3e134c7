"""Jobs whose files lie in an object store: inputs are brought to the worker, outputs taken there."""

from pathlib import Path
from typing import Any

import pytest

from jobsvc.db.database import Database
from jobsvc.db.tables import WorkspaceRow
from jobsvc.domain.records import JobDetails
from jobsvc.services.files import NewFile
from jobsvc.settings import Settings
from jobsvc.wiring import api_services, ensure_defaults
from tests.api.test_object_files import allowing
from tests.factories import Factory, script
from tests.parts.object_store import ObjectStore
from tests.worker.running import ended, running_worker

LINES = b"hello\n" * 4_000_000
"""More than one part."""


class Bucket:
    """A bucket with a workspace, the only one for outputs, and jobs that read and write it."""

    def __init__(self, store: ObjectStore, settings: Settings, db: Database) -> None:
        self.store, self.db = store, db
        self.name = store.make_bucket()
        self.settings = allowing(settings, store, self.name)
        self.make = Factory(db, api_services(self.settings, db))

    async def prepare(self, directory: Path) -> JobDetails:
        """A job that copies its two inputs, of which one lies in the bucket and one on this host."""
        await ensure_defaults(self.settings, self.db)
        broker = {"type": "s3", "bucket_name": self.name}
        await self.make.row(WorkspaceRow, name="maps", configuration={"broker": broker})
        distant = await self.make.services.files.upload(NewFile("maps", "in/a.txt"), _chunks(LINES))
        near = await self.make.file(content=b"near\n")
        command = script(directory, 'cat "$1" "$2" >"$3/out.txt"; ls -l "$1" >&2')
        interface = {
            "command": f"{command} ${{FAR}} ${{NEAR}} ${{OUTPUT_DIR}}",
            "inputs": {"files": [{"name": "FAR"}, {"name": "NEAR"}]},
            "outputs": {"files": [{"name": "OUT", "pattern": "*.txt"}]},
        }
        files = {"FAR": [distant.file.id], "NEAR": [near.file.id]}
        job_type = await self.make.job_type(interface=interface)
        configuration = {"output_workspaces": {"default": "maps"}}
        job = await self.make.job(job_type, input={"files": files})
        await self.make.set(job.item.job.id, configuration=configuration, max_tries=1)
        return job

    async def result(self, job: JobDetails, **changes: Any) -> tuple[str, str | None]:
        """The status of a job that a worker ran, and its error."""
        async with running_worker(self.settings, self.db, **changes):
            done = await ended(self.make, job)
        return done.item.job.status, done.item.error.name if done.item.error else None


async def _chunks(content: bytes) -> Any:
    yield content


@pytest.fixture
def bucket(db: Database, settings: Settings, object_store: ObjectStore) -> Bucket:
    """A bucket of the test."""
    return Bucket(object_store, settings, db)


async def test_inputs_come_and_outputs_go(bucket: Bucket, tmp_path: Path) -> None:
    job = await bucket.prepare(tmp_path)
    assert await bucket.result(job) == ("COMPLETED", None)
    path = f"echo/1.0.0/job_{job.item.job.id}/exe_1/OUT/out.txt"
    assert bucket.store.objects(bucket.name) == {"in/a.txt": len(LINES), path: len(LINES) + 5}
    assert (bucket.store.directory / "buckets" / bucket.name / path).read_bytes() == LINES + b"near\n"
    assert [item.name for item in bucket.settings.scratch_dir.rglob("*") if item.is_file()] == []


async def test_an_object_that_is_gone_is_a_missing_file(bucket: Bucket, tmp_path: Path) -> None:
    job = await bucket.prepare(tmp_path)
    (bucket.store.directory / "buckets" / bucket.name / "in/a.txt").unlink()
    assert await bucket.result(job) == ("FAILED", "missing-file")


async def test_an_object_that_was_replaced_is_not_the_file(bucket: Bucket, tmp_path: Path) -> None:
    job = await bucket.prepare(tmp_path)
    (bucket.store.directory / "buckets" / bucket.name / "in/a.txt").write_bytes(b"other")
    assert await bucket.result(job) == ("FAILED", "missing-file")


async def test_a_bucket_that_the_worker_may_not_use_any_more(bucket: Bucket, tmp_path: Path) -> None:
    job = await bucket.prepare(tmp_path)
    assert await bucket.result(job, s3_buckets=()) == ("FAILED", "filesystem-io")
