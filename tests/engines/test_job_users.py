"""Jobs with users of their own: what they cannot do to the service and to one another, hostile ones included."""

import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from signal import SIGKILL

import pytest
import pytest_asyncio

from jobsvc.domain import builtin_errors
from jobsvc.domain.outcome import Completed, Failed
from jobsvc.domain.seed import FileInput, FileOutput, ScalarResource
from jobsvc.engines.job_place import choose_place
from jobsvc.engines.job_user import JobUsers, can_read, with_rights
from jobsvc.engines.orphans import clear_worker
from jobsvc.engines.subprocess import SubprocessEngine
from jobsvc.ports.engine import InputFile, StopReason
from jobsvc.storage.host import import_file
from tests.contracts.engine_bench import TIMEOUT_SECONDS, Bench, manifest, sh
from tests.contracts.engine_contract import EngineContract
from tests.contracts.engine_launch_contract import PartialLineContract
from tests.contracts.engine_process_contract import HostDirectoryContract, OwnProcessContract
from tests.waiting import eventually

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give users to jobs")
FIRST, LAST = 60600, 60611
ANY = manifest(file_outputs=(FileOutput("ANY", "*", multiple=True, required=False),))


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that everybody may pass through, which those of tests are not."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o711)
        yield Path(directory)


@pytest.fixture
def users(place: Path) -> JobUsers:
    return JobUsers(FIRST, LAST, place / "locks")


@pytest_asyncio.fixture
async def engine(place: Path, users: JobUsers) -> AsyncIterator[SubprocessEngine]:
    engine = SubprocessEngine(place / "scratch", worker_id="w1", grace_seconds=0.5, users=users, processes=40)
    yield engine
    await engine.close()


@pytest.fixture
def bench(engine: SubprocessEngine) -> Bench:
    return Bench(engine)


class TestOwnUsers(HostDirectoryContract, OwnProcessContract, PartialLineContract, EngineContract):
    """All that every engine does."""


@pytest.mark.asyncio
class TestWhoItIs:
    """User, rights and directories of a job."""

    async def test_a_job_is_somebody_of_its_own_without_any_right(self, bench: Bench) -> None:
        await bench.run(sh("id -u; id -g; id -G; umask; grep -E 'CapPrm|NoNewPrivs' /proc/self/status; ulimit -c"))
        uid, gid, groups, umask, *status, core = [line.decode() for line in bench.log.stdout]
        assert FIRST <= int(uid) <= LAST
        assert (gid, groups, umask, core) == (uid, uid, "0077", "0")
        assert [line.split()[1] for line in status] == ["0" * 16, "1"]

    async def test_two_jobs_share_no_user_and_read_nothing_of_each_other(self, bench: Bench, place: Path) -> None:
        first = sh("id -u; echo secret > kept; echo ready; sleep 60")
        running = bench.start(first)
        await bench.log.until(b"ready")
        home = place / "scratch" / "w1" / str(first.execution_id)
        pid = int((home / "process.json").read_text().split(":")[1].split(",")[0])
        script = f"id -u; cat {home}/output/kept; ls {home}; ls {home.parent}; cat /proc/{pid}/environ; kill {pid}; true"
        second = Bench(bench.engine)
        await second.run(sh(script))
        assert not running.done()
        await bench.engine.stop(first.execution_id, StopReason.CANCEL)
        await running
        assert len(second.log.stdout) == 1
        assert second.log.stdout[0] != bench.log.stdout[0]
        assert len([line for line in second.log.stderr if line]) == 5

    async def test_a_job_cannot_touch_its_supervisor_or_the_worker(self, bench: Bench) -> None:
        await bench.run(sh(f"kill -9 $PPID; kill -9 {os.getpid()}; cat /proc/{os.getpid()}/environ; echo lives"))
        assert bench.log.stdout == [b"lives"]
        assert len([line for line in bench.log.stderr if line]) == 3

    async def test_what_the_service_keeps_of_a_job_is_not_the_jobs_to_change(self, bench: Bench, place: Path) -> None:
        victim = place / "victim"
        victim.write_text("kept")
        script = f'cd "$HOME"; rm -f process.json; ln -sf {victim} process.json; mv process.json x; cat process.json; true'
        await bench.run(sh(script))
        assert len(bench.log.stderr) == 4
        assert victim.read_text() == "kept"

    async def test_users_are_free_again_when_their_jobs_are_released(self, bench: Bench) -> None:
        for _ in range(2 * (LAST - FIRST + 1)):
            job = sh("true")
            assert isinstance(await bench.run(job), Completed)
            await bench.engine.release(job.execution_id)

    async def test_without_a_user_that_is_free_a_job_is_tried_again_later(self, bench: Bench) -> None:
        for _ in range(FIRST, LAST + 1):
            assert isinstance(await bench.run(sh("true")), Completed)
        outcome = await bench.run(sh("true"))
        assert isinstance(outcome, Failed)
        assert (outcome.error_name, outcome.times.started) == (builtin_errors.TASK_LAUNCH, None)

    async def test_another_worker_does_not_take_the_same_users(self, users: JobUsers, place: Path) -> None:
        other = JobUsers(FIRST, LAST, place / "locks")
        taken = [(users, other)[number % 2].take() for number in range(FIRST, LAST + 1)]
        assert sorted(user.id for user in taken) == list(range(FIRST, LAST + 1))
        with pytest.raises(BlockingIOError):
            other.take()
        for user in taken:
            user.lock.release()


@pytest.mark.asyncio
class TestFiles:
    """Inputs that root alone can read, and outputs that are none of the job's business."""

    @pytest.mark.parametrize("mode", [0o600, 0o644, 0o666])
    @pytest.mark.parametrize("room", [0o700, 0o755])
    async def test_inputs_are_read_and_never_changed(self, bench: Bench, place: Path, mode: int, room: int) -> None:
        stored = place / "room" / "stored"
        stored.parent.mkdir()
        stored.write_text("content")
        stored.chmod(0o644 if room == 0o755 and mode == 0o666 else mode)
        stored.parent.chmod(room)
        declared = manifest(file_inputs=(FileInput("IN"),))
        script = 'cat "$IN"; chmod 777 "$IN"; echo more >> "$IN"; true'
        outcome = await bench.run(sh(script, declared, file_inputs={"IN": (InputFile(1, stored, "a b.txt"),)}))
        assert isinstance(outcome, Completed)
        assert bench.log.stdout[0] == b"content"
        facts = stored.stat()
        assert (stored.read_text(), facts.st_uid) == ("content", 0)
        # What everybody may read is not copied.
        assert facts.st_nlink == (2 if (mode, room) == (0o644, 0o700) else 1)

    async def test_an_output_is_published_as_a_file_of_the_service(self, bench: Bench, place: Path) -> None:
        outcome = await bench.run(sh("echo result > out; chmod 0 out", ANY))
        assert isinstance(outcome, Completed)
        (file,) = outcome.output.files
        (place / "shelf").mkdir()
        import_file(place / "shelf", "stored", file.path, file.identity)
        facts = (place / "shelf" / "stored").stat()
        assert (place / "shelf" / "stored").read_text() == "result\n"
        assert facts.st_uid == os.geteuid()

    async def test_when_outputs_are_collected_the_user_of_the_job_is_shut_out(self, bench: Bench, place: Path) -> None:
        job = sh("id -u; touch out", ANY)
        await bench.run(job)
        output = place / "scratch" / "w1" / str(job.execution_id) / "output" / "out"
        assert not can_read(int(bench.log.stdout[0]), output)

    async def test_a_hard_link_to_anothers_file_is_not_published(self, bench: Bench, place: Path) -> None:
        secret = place / "secret"
        secret.write_text("secret")
        secret.chmod(0o600)
        job = sh("echo ready; while ! test -e bad; do sleep 0.02; done", ANY)
        running = bench.start(job)
        await bench.log.until(b"ready")
        # Hosts without protected_hardlinks let jobs do this themselves.
        os.link(secret, place / "scratch" / "w1" / str(job.execution_id) / "output" / "bad")
        outcome = await running
        assert isinstance(outcome, Failed)
        assert outcome.error_name == builtin_errors.INVALID_RESULTS_MANIFEST
        assert "bad: cannot be read with the rights of the job" in outcome.reason

    @pytest.mark.parametrize(
        "script",
        [
            "ln -s {secret} seed.outputs.json",
            "rmdir $OUTPUT_DIR; ln -s {room} $OUTPUT_DIR",
            "mkfifo seed.outputs.json",
            "mkdir d; ln -s {room} d/up; ln -s d/up/secret bad",
            "ln -s {secret} bad",
            "ln -s {room} room",
        ],
    )
    async def test_links_and_fifos_lead_to_nothing(self, bench: Bench, place: Path, script: str) -> None:
        room = place / "room"
        room.mkdir(mode=0o700)
        (room / "secret").write_text('{"A": "secret"}')
        outcome = await bench.run(sh(script.format(room=room, secret=room / "secret"), ANY))
        files = outcome.output.files if isinstance(outcome, Completed) else ()
        assert [file for file in files if file.relative_path != "seed.outputs.json"] == []
        assert "secret" not in str(getattr(outcome, "output", ""))


@pytest.mark.asyncio
class TestEnd:
    """Nothing of a job outlives it, though it is not the worker's user."""

    async def test_what_left_its_session_ends_with_it(self, bench: Bench) -> None:
        outcome = await bench.run(sh("setsid sh -c 'trap \"\" TERM; setsid sleep 60 & sleep 60' & sleep 0.2; id -u"))
        assert isinstance(outcome, Completed)
        assert processes_of(int(bench.log.stdout[0])) == []

    async def test_when_its_supervisor_is_killed_the_job_is_as_well(self, bench: Bench) -> None:
        running = bench.start(sh("setsid sleep 60 & id -u; echo ready; wait"))
        await bench.log.until(b"ready")
        uid = int(bench.log.stdout[0])
        (first, *_) = processes_of(uid)
        fields = Path(f"/proc/{first}/stat").read_text().rpartition(")")[2].split()
        os.kill(int(fields[1]), SIGKILL)
        outcome = await running
        assert isinstance(outcome, Failed)
        assert outcome.error_name == builtin_errors.UNKNOWN
        assert processes_of(uid) == []

    async def test_a_job_that_kills_everything_it_can_kills_itself_alone(self, bench: Bench) -> None:
        other = Bench(bench.engine)
        waiting = other.start(sh("echo ready; sleep 1; echo fine"))
        await other.log.until(b"ready")
        assert isinstance(await bench.run(sh("kill -9 -1; exec kill -9 $$")), Failed)
        assert isinstance(await waiting, Completed)
        assert other.log.stdout == [b"ready", b"fine"]


def processes_of(uid: int) -> list[int]:
    """The processes of a user that run, the oldest first."""
    numbers = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                status = (entry / "status").read_text()
                if f"\nUid:\t{uid}\t" in status and "\nState:\tZ" not in status:
                    numbers.append(int(entry.name))
    return sorted(numbers)


@pytest.mark.asyncio
class TestLimits:
    """Bombs, and what is left of them."""

    async def test_a_fork_bomb_harms_itself_alone(self, bench: Bench) -> None:
        bomb = sh("i=0; while [ $i -lt 200 ]; do sleep 60 & i=$((i+1)); done; wait")
        running = bench.start(bomb)
        other = Bench(bench.engine)
        assert isinstance(await other.run(sh("echo $(echo fine)")), Completed)
        assert other.log.stdout == [b"fine"]
        await eventually(lambda: any(b"fork" in line for line in bench.log.stderr), TIMEOUT_SECONDS)
        await bench.engine.stop(bomb.execution_id, StopReason.CANCEL)
        await running

    async def test_a_job_that_fills_the_disk_is_stopped_and_says_so(self, bench: Bench) -> None:
        declared = manifest(resources=(ScalarResource("disk", 1.0),))
        outcome = await bench.run(sh("exec head -c 3000000 /dev/zero > big", declared, resources={"disk": 1.0}))
        assert isinstance(outcome, Failed)
        assert outcome.reason.endswith("a file became larger than the 1 MiB of disk that the manifest asks for")

    async def test_jobs_are_the_first_to_be_killed_when_memory_is_short(self, bench: Bench) -> None:
        await bench.run(sh("cat /proc/self/oom_score_adj"))
        assert bench.log.stdout == [b"500"]


@pytest.mark.asyncio
async def test_what_a_dead_worker_left_is_ended_and_removed(place: Path, users: JobUsers) -> None:
    engine = SubprocessEngine(place / "scratch", worker_id="w1", grace_seconds=0.5, users=users)
    await Bench(engine).run(sh("mkdir a; touch a/b; chmod 0 a"))
    engine._worker.release()
    assert await clear_worker(place / "scratch" / "w1")
    assert not (place / "scratch" / "w1").exists()
    await engine.close()


def test_a_place_that_users_cannot_reach_is_refused_with_the_reason(tmp_path: Path, users: JobUsers, place: Path) -> None:
    tmp_path.chmod(0o700)
    assert users.problem(place) == ""
    assert users.problem(tmp_path) == f"users of jobs cannot reach {tmp_path}"
    chosen = choose_place(tmp_path / "jobs", tmp_path / "plain", users)
    assert (chosen.users, chosen.directory) == (None, tmp_path / "plain")
    assert "cannot reach" in chosen.why


def test_the_rights_of_a_job_are_those_of_one_thread(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "file").write_text("x")
    with pytest.raises(PermissionError):
        with_rights(FIRST, (tmp_path / "file").read_text)
    assert (tmp_path / "file").read_text() == "x"
