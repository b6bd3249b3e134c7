"""Jobs that write much, and what that does to their worker."""

from pathlib import Path

from jobsvc.db.database import Database
from jobsvc.engines.lines import CONTINUES, MAX_LINE_BYTES
from jobsvc.settings import Settings
from tests.factories import Factory, script
from tests.worker.running import ended, executions, running_worker
from tests.worker.stored_lines import execution_of, numbers, stored

MIB = 2**20
UNIT = "0123456789abcde"
CONTINUED = CONTINUES.decode()
STEADILY = """if True:
    import os, time
    begun = time.monotonic()
    for tick in range(20):
        os.write(1, b"".join(b"%d\\n" % (tick * 10_000 + each) for each in range(1, 10_001)))
        time.sleep(max(0, begun + (tick + 1) / 10 - time.monotonic()))
"""


async def test_a_worker_stays_alive_beside_100_000_lines_a_second(
    db: Database, settings: Settings, make: Factory, tmp_path: Path
) -> None:
    (tmp_path / "steadily.py").write_text(STEADILY)
    job = await make.job(await make.job_type(interface={"command": f"python3 {tmp_path}/steadily.py"}))
    async with running_worker(settings, db, lease_seconds=1.5):
        done = await ended(make, job)
    assert await executions(make, job) == [(1, "COMPLETED")]
    assert await stored(db, execution_of(done)) == numbers(200_000)


async def test_a_line_of_10_mib_is_kept_in_marked_pieces(db: Database, settings: Settings, make: Factory, tmp_path: Path) -> None:
    command = script(tmp_path, f"yes {UNIT} | head -c {10 * MIB} | tr '\\n' '.'; echo; echo next")
    async with running_worker(settings, db):
        done = await ended(make, await make.job(await make.job_type(interface={"command": command})))
    *pieces, last, following = [text for _, _, text in await stored(db, execution_of(done))]
    assert all(len(piece) <= MAX_LINE_BYTES and piece.endswith(CONTINUED) for piece in pieces)
    assert "".join(piece.removesuffix(CONTINUED) for piece in pieces) + last == f"{UNIT}." * (10 * MIB // 16)
    assert following == "next"
