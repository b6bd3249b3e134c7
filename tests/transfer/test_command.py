"""`jobsvc import` and `jobsvc export`, as people call them."""

import asyncio
import contextlib
import gzip
import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from jobsvc.cli.codes import ExitCode
from jobsvc.cli.run import run
from jobsvc.db.database import Database
from tests.cli.support import JOBSVC, Ran
from tests.transfer.lines import BASIS, job, load, save, save_text, text_of
from tests.waiting import eventually

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "import-format.md"
TYPES = re.compile(
    r"imported 5 rows \(.*job 1.*\) in \d+\.\d\d s, \d+ jobs/s; 5 added, 0 changed, 0 unchanged\n",
)


@pytest.fixture(autouse=True)
def on_the_tests_database(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBSVC_DATABASE_URL", database_url)
    monkeypatch.setenv("JOBSVC_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """A file to import."""
    path = tmp_path / "jobs.jsonl"
    path.write_bytes(text_of([*BASIS, job(1)]))
    return path


async def jobsvc(capfd: pytest.CaptureFixture[str], *arguments: str) -> Ran:
    """Run a command in this process."""
    code = await asyncio.to_thread(run, arguments)
    return Ran(code, *capfd.readouterr())


async def test_a_file_goes_in_and_comes_out(db: Database, lines: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ran = await jobsvc(capfd, "import", str(lines))
    assert (ran.code, ran.err) == (0, "")
    assert TYPES.fullmatch(ran.out)
    out = tmp_path / "out.jsonl"
    assert re.fullmatch(r"exported \d+ rows \(.*job 1.*\n", (await jobsvc(capfd, "export", str(out))).out)
    assert out.read_bytes().partition(b"\n")[2] == (await save_text(db)).partition(b"\n")[2]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


async def test_files_are_compressed_by_their_name_and_read_by_their_content(
    db: Database, lines: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lines.write_bytes(gzip.compress(lines.read_bytes()))
    assert (await jobsvc(capfd, "import", str(lines))).code == 0
    first, second = tmp_path / "1.gz", tmp_path / "2.gz"
    for item in (first, second):
        assert (await jobsvc(capfd, "export", str(item))).code == 0
    assert gzip.decompress(first.read_bytes()).partition(b"\n")[2] == (await save_text(db)).partition(b"\n")[2]
    assert first.read_bytes() == second.read_bytes()


async def test_standard_streams_do_as_well(db: Database, lines: Path) -> None:
    with lines.open() as standard_input:
        read = await asyncio.to_thread(
            subprocess.run, [*JOBSVC, "import", "-"], stdin=standard_input, capture_output=True, check=True
        )
    assert b"imported 5 rows" in read.stdout
    written = await asyncio.to_thread(subprocess.run, [*JOBSVC, "export", "-"], capture_output=True, check=True)
    assert written.stdout.partition(b"\n")[2] == (await save_text(db)).partition(b"\n")[2]
    assert written.stderr.startswith(b"exported ")


async def test_problems_are_told_one_a_line(db: Database, lines: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = await save_text(db)
    lines.write_bytes(text_of([*BASIS, job(1, max_tries=0), job(2, node_id=5)]))
    ran = await jobsvc(capfd, "import", str(lines))
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.splitlines() == [
        "jobsvc: nothing was imported, for these problems:",
        "line 5: job: breaks the rule max_tries >= 1",
        "line 6: job: node_id: there is no node 5",
    ]
    assert await save_text(db) == before


async def test_a_file_that_is_not_there(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    ran = await jobsvc(capfd, "import", str(tmp_path / "none"))
    assert (ran.code, ran.err) == (2, f"jobsvc: {tmp_path / 'none'}: No such file or directory\n")


async def test_an_export_that_fails_leaves_the_file_that_was_there(
    lines: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    before = lines.read_bytes()
    monkeypatch.setenv("JOBSVC_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert (await jobsvc(capfd, "export", str(lines))).code != 0
    assert lines.read_bytes() == before
    assert [path.name for path in lines.parent.iterdir()] == [lines.name]


async def test_an_import_that_is_killed_leaves_nothing(db: Database) -> None:
    await load(db, *BASIS)
    before = await save_text(db)
    async with importing(text_of(job(number) for number in range(1, 100_000))) as process:
        await until(db, "SELECT pg_sequence_last_value('job_id_seq') > 1000")
        process.kill()
        await process.wait()
    await until(db, "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND xact_start < now())")
    assert await save(db, "job") == []
    assert await save_text(db) == before


async def test_an_import_can_be_interrupted_while_it_waits(db: Database) -> None:
    waiting = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in %')"
    async with importing(text_of(BASIS)) as process:
        await until(db, waiting)
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 30) == ExitCode.INTERRUPTED


@contextlib.asynccontextmanager
async def importing(lines: bytes) -> AsyncIterator[asyncio.subprocess.Process]:
    """An import that has got lines and waits for more; it holds locks, so it must not outlive a test that fails."""
    process = await asyncio.create_subprocess_exec(*JOBSVC, "import", "-", stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(lines)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def until(db: Database, query: str) -> None:
    """Wait for a query to give true."""

    async def is_true() -> bool:
        async with db.engine.connect() as connection:
            return bool((await connection.execute(text(query))).scalar_one())

    await eventually(is_true)


def test_the_documentation_names_every_table_and_column() -> None:
    printed = subprocess.run([*JOBSVC, "import-format"], capture_output=True, text=True, check=True).stdout
    assert DOCUMENTATION.read_text().endswith(f"\n\n{printed}")


def everything(terminal: int) -> str:
    """What is shown on a terminal until nobody has it open any more."""
    shown = b""
    with contextlib.suppress(OSError):
        while part := os.read(terminal, 2**12):
            shown += part
    os.close(terminal)
    return shown.decode()


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal")
async def test_a_terminal_shows_a_bar(db: Database, lines: Path) -> None:
    terminal, end = os.openpty()
    command = [sys.executable, "-m", "jobsvc", "import", str(lines)]
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=end, env=environment)
    os.close(end)
    shown = await asyncio.to_thread(everything, terminal)
    out, _ = await process.communicate()
    assert "reading" in shown
    assert "checking" in shown
    assert TYPES.fullmatch(out.decode())
    assert len(await save(db, "job")) == 1
