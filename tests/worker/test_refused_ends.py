"""Whatever the end of an execution meets, its exit code and the reason survive."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from jobsvc.db.database import Database
from jobsvc.domain.records import JobDetails
from jobsvc.settings import Settings
from tests.factories import Factory, script
from tests.support import Client
from tests.worker.running import ended, running_worker

OUTPUTS = {
    "files": [{"name": "OUT", "pattern": "**", "multiple": True, "required": False}],
    "json": [{"name": "N", "type": "array", "required": False}],
}


async def run(make: Factory, db: Database, settings: Settings, tmp_path: Path, lines: str, **columns: Any) -> JobDetails:
    """A job whose shell script leaves something in its output directory, when it has ended."""
    interface = {"command": f"{script(tmp_path, lines)} ${{OUTPUT_DIR}}", "outputs": OUTPUTS}
    job = await make.job(await make.job_type(interface=interface, columns={"max_tries": 1} | columns))
    async with running_worker(settings, db):
        return await ended(make, job)


async def said(client: Client, job: JobDetails) -> str:
    """The last line of its log."""
    assert job.execution is not None
    lines = (await client.get(f"/v6/job-executions/{job.execution.item.execution.id}/logs/combined/")).json()
    return str(lines[-1]["message"])


async def exit_code(client: Client, job: JobDetails) -> int | None:
    """That of its execution, through the API, as everything else of it."""
    assert (await client.get(f"/v6/jobs/{job.item.job.id}/")).status_code == 200
    assert job.execution is not None
    details = await client.get(f"/v6/jobs/{job.item.job.id}/executions/{job.execution.item.execution.exe_num}/")
    assert details.status_code == 200
    code: int | None = details.json()["task_results"]["tasks"][0]["exit_code"]
    return code


@pytest.fixture
async def picky(db: Database) -> AsyncIterator[None]:
    """A database that refuses one value, as it would a row that is too large for an index."""
    async with db.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE file ADD CONSTRAINT picky CHECK (file_name <> 'refused')"))
    yield
    async with db.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE file DROP CONSTRAINT picky"))


@pytest.mark.usefixtures("picky")
async def test_what_the_database_refuses(db: Database, settings: Settings, make: Factory, client: Client, tmp_path: Path) -> None:
    job = await run(make, db, settings, tmp_path, 'touch "$1/refused" "$1/other"')
    assert job.item.error is not None
    assert (job.item.job.status, job.item.error.name) == ("FAILED", "database-operation")
    assert await exit_code(client, job) == 0
    sentence = await said(client, job)
    assert sentence.startswith("jobsvc: the end of the execution cannot be recorded: ")
    assert "picky" in sentence
    assert not list((settings.data_dir / "workspaces").rglob("other"))


RANDOM = 'cd "$1"; n=$(tr -dc a-z </dev/urandom | head -c 245); d=$n/$n/$n/$n/$n/$n/$n/$n/$n'
"""Names that no index could store in fewer bytes."""
BAD: list[tuple[str, str]] = [
    ("""python3 -c 'print("["*251 + "]"*251)' > "$1/seed.outputs.json" """, "nested deeper than 100 levels"),
    ("""printf '{"N": [NaN]}' > "$1/seed.outputs.json" """, "is no JSON"),
    ("""printf '{"N": [1e400]}' > "$1/seed.outputs.json" """, "is no JSON"),
    (f"{RANDOM}; mkdir -p $d/$n/$n", "longer than 2500 bytes"),
    (f"{RANDOM}; mkdir -p $d/abcdefghijklmnopqrst; touch $d/abcdefghijklmnopqrst/${{n}}", "longer than 2500 bytes"),
    ("""rmdir "$1"; ln -s /etc "$1" """, "replaced by a link"),
    ("""mkfifo "$1/seed.outputs.json" """, "it is no regular file"),
]


@pytest.mark.parametrize(("lines", "why"), BAD)
async def test_what_cannot_be_read_again(
    db: Database, settings: Settings, make: Factory, client: Client, tmp_path: Path, lines: str, why: str
) -> None:
    job = await run(make, db, settings, tmp_path, lines)
    assert job.item.error is not None
    assert (job.item.job.status, job.item.error.name) == ("FAILED", "invalid-results-manifest")
    assert why in await said(client, job)
    assert await exit_code(client, job) == 0


async def test_a_value_as_deep_as_can_be_is_read_everywhere(
    db: Database, settings: Settings, make: Factory, client: Client, tmp_path: Path
) -> None:
    lines = """python3 -c 'print("{\\"N\\":" + "["*99 + "]"*99 + "}")' > "$1/seed.outputs.json" """
    job = await run(make, db, settings, tmp_path, lines)
    assert job.item.job.status == "COMPLETED"
    assert await exit_code(client, job) == 0
    for path in (f"jobs/{job.item.job.id}/", f"v3/jobs/{job.item.job.id}/"):
        assert (await client.get(f"/{path}")).status_code == 200


async def test_a_workspace_in_which_nothing_can_be_stored(
    db: Database, settings: Settings, make: Factory, client: Client, tmp_path: Path
) -> None:
    (settings.data_dir / "workspaces/default/echo").touch()
    job = await run(make, db, settings, tmp_path, 'touch "$1/a"')
    assert job.item.error is not None
    assert (job.item.job.status, job.item.error.name) == ("FAILED", "filesystem-io")
    assert await exit_code(client, job) == 0
    assert "an output cannot be stored" in await said(client, job)
    assert [path.name for path in (settings.data_dir / "workspaces/default").iterdir()] == ["echo"]
