"""The engine `kubernetes` where pods share no directory with the worker: files are carried by way of an object store."""

import asyncio
import hashlib
import json
import sysconfig
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

import jobsvc
from jobsvc.domain import builtin_errors
from jobsvc.domain.json_types import JsonType
from jobsvc.domain.outcome import Canceled, CapturedFile, Completed, Failed
from jobsvc.domain.seed import FileInput, FileOutput, JsonOutput, ScalarResource
from jobsvc.engines.kubernetes import KubernetesEngine, KubernetesOptions, Staging
from jobsvc.engines.remote.engine import RemoteExecutionEngine
from jobsvc.ports.engine import InputFile, Origin, StopReason
from jobsvc.storage.s3 import S3Storage
from jobsvc.storage.storages import S3Options, Storages
from tests.parts.containers import SEED_IMAGE
from tests.parts.kubernetes_files import NAMESPACE, through
from tests.parts.object_store import ObjectStore
from tests.relay import Relay

from .engine_bench import INSTALLATION, Bench, Log, manifest, py, sh

ENDLESS = "echo ready; while :; do sleep 0.05; done"
SECONDS = 240.0
"""For three containers one after the other, and all that is carried, on a machine that is busy."""
SOURCE, LIBRARIES = "/porter/source", "/porter/libraries"


def patch() -> dict[str, Any]:
    """What porters of the tests have instead of the image of the service; and pods reach what listens on loopback."""
    directories = {"source": Path(jobsvc.__file__).parents[1], "libraries": Path(sysconfig.get_path("purelib"))}
    directories["system"] = Path("/usr/lib") / sysconfig.get_config_var("MULTIARCH")
    mounts = [{"name": name, "mountPath": f"/porter/{name}", "readOnly": True} for name in directories]
    # The image of the tests is this machine's, but has only the system libraries that Python needs.
    variables = {"PYTHONPATH": f"{SOURCE}:{LIBRARIES}", "LD_LIBRARY_PATH": "/porter/system"}
    porter = {"env": [{"name": name, "value": value} for name, value in variables.items()], "volumeMounts": mounts}
    return {
        "spec": {
            "hostNetwork": True,
            "initContainers": [{"name": "fetch", **porter}],
            "containers": [{"name": "ship", **porter}],
            "volumes": [{"name": name, "hostPath": {"path": str(path)}} for name, path in directories.items()],
        }
    }


class Place:
    """A bucket with a place for carried files and one for workspaces."""

    def __init__(self, store: ObjectStore) -> None:
        self.store = store
        self.bucket = store.make_bucket()
        self.options = S3Options([f"{self.bucket}/data"], store.endpoint, store.credentials, 5.0, 600)

    def workspace(self) -> dict[str, Any]:
        """The configuration of a workspace."""
        return {"broker": {"type": "s3", "bucket_name": self.bucket, "prefix": "data"}}

    def storage(self) -> S3Storage:
        """That of the workspace."""
        storage = Storages(self.options).of(self.workspace())
        assert isinstance(storage, S3Storage)
        return storage

    def staging(self) -> Staging:
        """What an engine is made with."""
        broker = {"broker": {"type": "s3", "bucket_name": self.bucket, "prefix": "staging"}}
        place = Storages(replace(self.options, buckets=[self.bucket])).of(broker)
        assert isinstance(place, S3Storage)
        return Staging(place, Storages(self.options))

    def staged(self) -> list[str]:
        """What is in the place for carried files."""
        return [path for path in self.store.objects(self.bucket) if path.startswith("staging/") and ".sgwtmp" not in path]

    async def put(self, path: str, content: bytes, number: int = 1) -> InputFile:
        """A file of the workspace, as an input."""
        await self.storage().put(path, content)
        return InputFile(number, Path(path), path.rpartition("/")[2], Origin(self.workspace(), path, len(content)))


@pytest.fixture
def place(object_store: ObjectStore) -> Place:
    """A bucket of the test."""
    return Place(object_store)


@pytest_asyncio.fixture
async def way(kubeconfig: Path, tmp_path: Path) -> AsyncIterator[Path]:
    """The way to the API server, by a relay that ends its connections when a test has ended."""
    relay = Relay(json.loads(kubeconfig.read_text())["clusters"][0]["cluster"]["server"])
    await relay.reconnect()
    yield through(kubeconfig, relay.port, tmp_path / "kubeconfig")
    await relay.cut()


@pytest_asyncio.fixture
async def worker(way: Path, place: Place, tmp_path: Path) -> AsyncIterator[Callable[[], Bench]]:
    """Gives workers, each with a log of its own; what they leave is removed afterwards, in the bucket as well."""
    runs = tmp_path / "runs"
    options = KubernetesOptions(NAMESPACE, way, grace_seconds=1.0, pull_seconds=5.0, pod_patch=patch(), porter_image=SEED_IMAGE)
    async with AsyncExitStack() as stack:

        def make() -> Bench:
            remote = KubernetesEngine(INSTALLATION, runs, options, place.staging())
            engine = RemoteExecutionEngine(remote, runs, installation=INSTALLATION, grace_seconds=1.0, lost_seconds=1.0)
            stack.push_async_callback(engine.close)
            return Bench(engine, Log(SECONDS), SECONDS)

        yield make
        last = make().engine
        assert isinstance(last, RemoteExecutionEngine)
        await last.remove(await last.orphans())
        assert await last.orphans() == []
        assert place.staged() == []


@pytest.fixture
def bench(worker: Callable[[], Bench]) -> Bench:
    """The first worker."""
    return worker()


async def content(file: CapturedFile) -> bytes:
    """The bytes of an output."""
    assert file.stream is not None
    return b"".join([portion async for portion in file.stream()])


@pytest.mark.timeout(1800)
class TestCarried:
    """Inputs are there when a job begins, and outputs when it has ended."""

    async def test_files_come_and_go(self, bench: Bench, place: Place, tmp_path: Path) -> None:
        (tmp_path / "on host").write_bytes(b"host")
        large = bytes(range(256)) * 80_000
        files = {
            "IN": (await place.put("a b/ü #?%.bin", large),),
            "MANY": (await place.put("empty", b"", 2), InputFile(3, tmp_path / "on host", "..")),
        }
        declared = manifest(
            file_inputs=(FileInput("IN"), FileInput("MANY", multiple=True)),
            file_outputs=(FileOutput("copy", "*.bin"), FileOutput("rest", "d/**", multiple=True)),
            json_outputs=(JsonOutput("N", JsonType.INTEGER, "N"),),
        )
        script = """
            cp "$IN" "out ü.bin"; mkdir d; touch d/empty; cat "$MANY"/* > d/all; ls "$MANY" > d/names
            cat "$INPUT_METADATA" > d/meta; echo '{"N": 3}' > seed.outputs.json
            echo '{"type": "Point", "coordinates": [1, 2]}' > d/all.metadata.json
            touch "$IN" 2>/dev/null || echo closed; env | grep -ci amz;
            ls /var/run/secrets 2>/dev/null; ls /jobsvc 2>/dev/null; true
        """
        job = sh(script, declared, file_inputs=files, input_metadata={"JOB": {"x": "ü"}})
        outcome = await bench.run(job)
        assert isinstance(outcome, Completed), bench.log.lines
        assert bench.log.stdout == [b"closed", b"0"]
        assert outcome.output.json == {"N": 3}
        assert [(file.output, file.relative_path) for file in outcome.output.files] == [
            ("copy", "out ü.bin"),
            *(("rest", f"d/{name}") for name in ("all", "empty", "meta", "names")),
        ]
        copy, everything, empty, metadata, names = [await content(file) for file in outcome.output.files]
        assert hashlib.sha256(copy).digest() == hashlib.sha256(large).digest()
        assert (everything, empty, metadata, names) == (b"host", b"", b'{"JOB": {"x": "\\u00fc"}}', b"_..\nempty\n")
        assert outcome.output.files[1].metadata == {"type": "Point", "coordinates": [1, 2]}
        await bench.engine.release(job.execution_id)
        assert place.staged() == []

    async def test_many_large_and_forbidden_outputs_are_as_with_directories(self, bench: Bench) -> None:
        takes_all = manifest(file_outputs=(FileOutput("all", "**", multiple=True),))
        sparse = bench.start(sh("seq 300 | xargs touch; truncate -s 129M large; printf x >> large", takes_all))
        many = bench.start(sh("mkdir d; cd d; seq 10001 | xargs touch", takes_all))
        passwd = bench.start(sh("ln -s /etc/passwd a; mkfifo b", takes_all))
        outcome = await sparse
        assert isinstance(outcome, Completed)
        assert len(outcome.output.files) == 301
        [large] = [file for file in outcome.output.files if file.relative_path == "large"]
        assert hashlib.sha256(await content(large)).digest() == hashlib.sha256(bytes(129 << 20) + b"x").digest()
        for execution, error in (
            (many, builtin_errors.INVALID_RESULTS_MANIFEST),
            (passwd, builtin_errors.MISSING_REQUIRED_OUTPUT),
        ):
            failed = await execution
            assert isinstance(failed, Failed)
            assert (failed.error_name, failed.exit_code) == (error, 0)

    async def test_a_job_that_fails_ships_nothing(self, bench: Bench, place: Place) -> None:
        outcomes = await asyncio.gather(
            bench.run(sh("echo x > a; exit 3")),
            bench.run(py("x = bytearray(200 << 20); print(len(x))", resources={"mem": 64.0})),
            bench.run(sh("sleep 60", timeout=2)),
        )
        failed = [outcome for outcome in outcomes if isinstance(outcome, Failed)]
        expected = [builtin_errors.ALGORITHM_UNKNOWN, builtin_errors.ALGORITHM_UNKNOWN, builtin_errors.TIMEOUT]
        assert [outcome.error_name for outcome in failed] == expected
        assert failed[0].exit_code == 3
        assert "memory of 64 MiB" in failed[1].reason
        assert [path for path in place.staged() if "report" in path] == []

    async def test_inputs_that_are_not_there_are_missing(self, bench: Bench, place: Place, tmp_path: Path) -> None:
        declared = manifest(file_inputs=(FileInput("IN"),))
        kept = await place.put("kept", b"four")
        assert kept.origin
        changed = replace(kept, origin=replace(kept.origin, size=5))
        gone = replace(kept, origin=replace(kept.origin, file_path="gone"))
        for file in (changed, gone, InputFile(1, tmp_path / "absent", "absent")):
            outcome = await bench.run(sh("true", declared, file_inputs={"IN": (file,)}))
            assert isinstance(outcome, Failed)
            assert outcome.error_name == builtin_errors.MISSING_FILE
            assert outcome.reason.startswith("the input file 1 (")

    async def test_more_output_than_the_manifest_asks_for_ends_a_job(self, bench: Bench) -> None:
        asks = manifest(resources=(ScalarResource("disk", 1.0),))
        outcome = await bench.run(sh("dd if=/dev/zero of=file bs=1M count=200; sleep 600", asks, resources={"disk": 1.0}))
        assert isinstance(outcome, Failed)
        assert outcome.error_name == builtin_errors.ALGORITHM_UNKNOWN
        assert "exceeds the limit" in outcome.reason

    async def test_whoever_takes_a_run_over_gets_its_outputs(self, bench: Bench, worker: Callable[[], Bench]) -> None:
        declared = manifest(file_outputs=(FileOutput("text", "*.txt"),))
        job = sh("echo ready; while ! [ -e /tmp/go ]; do sleep 1; touch /tmp/go; done; echo text > a.txt", declared)
        left = bench.start(job)
        await bench.log.until(b"ready")
        left.cancel()
        await asyncio.wait([left])
        # What another one took, and never recorded, can be taken again.
        for taker in (worker(), worker()):
            outcome = await taker.run(job)
            assert isinstance(outcome, Completed), taker.log.lines
            assert await content(outcome.output.files[0]) == b"text\n"

    async def test_a_cancel_ends_a_job_wherever_it_is(self, bench: Bench, place: Place) -> None:
        stuck = await place.put("stuck", b"x")
        declared = manifest(file_inputs=(FileInput("IN"),))
        jobs = [sh(ENDLESS), sh("true", declared, file_inputs={"IN": (stuck,)})]
        running, fetching = [bench.start(job) for job in jobs]
        await bench.log.until(b"ready")
        for job in jobs:
            await bench.engine.stop(job.execution_id, StopReason.CANCEL)
        assert isinstance(await running, Canceled)
        assert isinstance(await fetching, Canceled | Completed)
