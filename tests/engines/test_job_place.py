"""Where jobs run and as whom, as settings say and users allow."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from jobsvc.engine_factories import job_place
from jobsvc.settings import Settings, SettingsProblem
from tests.cli.support import JOBSVC, environment
from tests.ordinary_user import AS_ORDINARY_USER

# What a worker with no settings but its data directory makes of a job; then what the job says of itself.
RUN = """if True:
    import asyncio, dataclasses, json, os, sys
    from pathlib import Path
    from jobsvc.engine_factories import job_place
    from jobsvc.engines.subprocess import SubprocessEngine
    from jobsvc.settings import Settings
    from tests.contracts.engine_bench import Bench, sh
    async def main():
        place = job_place(Settings(data_dir=sys.argv[1]))
        engine = SubprocessEngine(place.directory, worker_id="w", grace_seconds=1, users=place.users)
        bench = Bench(engine)
        await bench.run(sh("id -u; umask; ulimit -c; grep NoNewPrivs /proc/self/status; stat -c %a $HOME"))
        await engine.close()
        said = map(bytes.decode, bench.log.stdout)
        print(json.dumps([str(place.directory), place.users is None, place.why, os.getuid(), *said]))
    asyncio.run(main())
"""


@pytest.fixture
def ordinary_dir(tmp_path: Path) -> Path:
    directory = tmp_path / "own"
    directory.mkdir()
    directory.chmod(0o777)
    return directory


def test_jobs_of_an_ordinary_worker_are_that_user_in_a_private_directory(ordinary_dir: Path) -> None:
    command = [*AS_ORDINARY_USER, sys.executable, "-c", RUN, str(ordinary_dir / "data")]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    directory, is_plain, why, worker, user, umask, core, privileges, mode = json.loads(ran.stdout)
    assert (directory, is_plain, why) == (str(ordinary_dir / "data" / "scratch"), True, "")
    assert (user, umask, core, privileges.split()[-1], mode) == (str(worker), "0077", "0", "1", "700")


def test_users_that_were_asked_for_and_cannot_be_had_keep_a_worker_from_starting(ordinary_dir: Path) -> None:
    variables = environment(ordinary_dir / "data") | {"JOBSVC_SUBPROCESS_USERS": "60600-60610"}
    for command in ("worker", "up"):
        ran = subprocess.run(
            [*AS_ORDINARY_USER, *JOBSVC, command], env=variables, capture_output=True, text=True, timeout=60, check=False
        )
        assert ran.returncode == 2
        assert ran.stderr.startswith("jobsvc: JOBSVC_SUBPROCESS_USERS: only root can give users to jobs; see ")


def test_a_directory_that_the_users_cannot_reach_is_refused_when_they_were_asked_for(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(SettingsProblem, match="JOBSVC_SUBPROCESS_USERS: "):
        job_place(Settings(data_dir=tmp_path, subprocess_dir=tmp_path / "jobs", subprocess_users="60600-60610"))
    place = job_place(Settings(data_dir=tmp_path, subprocess_dir=tmp_path / "jobs"))
    assert (place.directory, place.users) == (tmp_path / "jobs", None)


def test_the_workers_own_user_can_be_asked_for(tmp_path: Path) -> None:
    place = job_place(Settings(data_dir=tmp_path, subprocess_users="same"))
    assert (place.directory, place.users, place.why) == (tmp_path / "scratch", None, "")


@pytest.mark.parametrize("value", ["0-5", "5-4", "nobody", "1", "-", "1-2-3"])
def test_what_is_no_range_of_users_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="subprocess_users"):
        Settings(subprocess_users=value)
