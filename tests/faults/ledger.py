"""Jobs that write down outside of the service that they ran, and what is promised of them whatever happens.

Each run of a job appends `JOB EXE_NUM start` and, at its end, `JOB EXE_NUM end` to one file. So runs that the service lost,
or made twice, show whatever its database says.
"""

import re
from collections import Counter
from pathlib import Path
from uuid import uuid4

from tests.factories import manifest, script
from tests.faults.service import PAUSE, Service
from tests.waiting import until

MOUNTED = "/ledger"
"""Where the directory is for jobs in containers."""
LOG_LIMIT = 30.0  # seconds, in which the last lines have to be stored
SCRIPT = """
say() {{ echo "$SCALE_JOB_ID $SCALE_EXE_NUM $1" >>{ledger}; }}
number() {{ seq $1 $2 | sed 's/^/line /'; }}
say start
number 1 {half}
sleep {seconds}
number {rest} {lines}
say end
"""
NUMBERED = re.compile(r"^line (\d+)$", re.MULTILINE)
FINAL = {"COMPLETED", "FAILED", "CANCELED"}
Run = tuple[int, str]
"""`exe_num`, and `start` or `end`."""


class Trial:
    """Jobs of one type that are all to be done, and each once.

    Args:
        directory: for the script and the ledger.
        seconds: how long one run takes.
        lines: how many it logs, the first half at its start.
        image: what they run in; None: they are processes of this host, or of a container that has the directory at its place.

    """

    def __init__(
        self, service: Service, directory: Path, *, seconds: float = 1.5, lines: int = 200, image: str | None = None
    ) -> None:
        directory.mkdir(exist_ok=True)
        self.service = service
        self.accepted: list[int] = []
        self.ledger = directory / "ledger"
        self.ledger.touch()
        self.lines = lines
        half = lines // 2
        ledger = self.ledger if image is None else f"{MOUNTED}/{self.ledger.name}"
        text = SCRIPT.format(ledger=ledger, half=half, rest=half + 1, lines=lines, seconds=seconds)
        command = script(directory, text)
        body: dict[str, object] = {"max_tries": 20}
        interface: dict[str, object] = {"command": command}
        # In a container the job is another user.
        directory.chmod(0o777)
        self.ledger.chmod(0o666)
        Path(command).chmod(0o755)
        if image is not None:
            interface = {
                "command": command.replace(str(directory), MOUNTED),
                "mounts": [{"name": "LEDGER", "path": MOUNTED, "mode": "rw"}],
            }
            mounts = {"LEDGER": {"type": "host", "host_path": str(directory)}}
            body |= {"docker_image": image, "configuration": {"mounts": mounts}}
        document = manifest(f"ledger-{uuid4().hex[:8]}", interface=interface)
        self.job_type_id: int = service.ask("POST", "/v6/job-types/", json=body | {"manifest": document})["id"]

    def submit(self, count: int) -> None:
        """Have so many jobs accepted."""
        for _ in range(count):
            self.accepted.append(self.service.submit(self.job_type_id))

    def started(self) -> int:
        """How many runs have begun."""
        return sum(what == "start" for runs in self._runs().values() for _, what in runs.elements())

    def started_again(self) -> int:
        """How many runs have begun of jobs that had begun before."""
        return sum(number > 1 and what == "start" for runs in self._runs().values() for number, what in runs.elements())

    def ended(self) -> int:
        """How many runs have come to their end."""
        return sum(what == "end" for runs in self._runs().values() for _, what in runs.elements())

    def await_starts(self, count: int) -> None:
        """Return once so many runs have begun."""
        until(lambda: self.started() >= count)

    def check(self, seconds: float = 90) -> None:
        """Wait until all jobs are done, at most so long, and hold every promise."""
        expected = {"COMPLETED": len(self.accepted)}
        self.service.until(lambda counts: counts == expected, seconds, job_type_id=self.job_type_id)
        assert sorted(job["id"] for job in self.service.jobs(job_type_id=self.job_type_id)) == sorted(self.accepted)
        runs = self._runs()
        for job_id in self.accepted:
            self._check_job(job_id, runs.pop(job_id))
        assert runs == {}

    def _check_job(self, job_id: int, runs: "Counter[Run]") -> None:
        executions = self.service.ask("GET", f"/v6/jobs/{job_id}/executions/")["results"]
        job = self.service.ask("GET", f"/v6/jobs/{job_id}/")
        statuses = {execution["exe_num"]: execution["status"] for execution in executions}
        assert len(executions) == len(statuses) == job["num_exes"]
        assert Counter(statuses.values())["COMPLETED"] == 1, statuses
        assert set(statuses.values()) <= FINAL, statuses
        done = max(statuses)
        assert statuses[done] == "COMPLETED", statuses
        # No execution ran twice, none ran unrecorded, and the one that counts ran from start to end.
        assert set(runs.values()) == {1}, runs
        assert {number for number, _ in runs} <= set(statuses), (runs, statuses)
        assert {(done, "start"), (done, "end")} <= set(runs), (runs, statuses)
        for execution in executions:
            self._check_log(execution["id"], whole=execution["exe_num"] == done)

    def _check_log(self, execution_id: int, *, whole: bool) -> None:
        """All lines once and in order; of an execution that was lost, those up to some line."""

        def is_fine() -> bool:
            numbers, is_complete = self._log(execution_id)
            assert numbers == list(range(1, len(numbers) + 1)), numbers
            return not whole or (len(numbers) == self.lines and is_complete)

        try:
            until(is_fine, LOG_LIMIT, PAUSE)
        except AssertionError as exc:
            exc.add_note(f"execution {execution_id} has {len(self._log(execution_id)[0])} of {self.lines} lines")
            raise

    def _log(self, execution_id: int) -> tuple[list[int], bool]:
        answer = self.service.answer("GET", f"/v6/job-executions/{execution_id}/logs/stdout/", params={"format": "txt"})
        return [int(number) for number in NUMBERED.findall(answer.text)], answer.headers["X-Log-Complete"] == "true"

    def _runs(self) -> dict[int, Counter[Run]]:
        runs: dict[int, Counter[Run]] = {}
        for line in self.ledger.read_text().splitlines():
            job_id, exe_num, what = line.split()
            runs.setdefault(int(job_id), Counter())[int(exe_num), what] += 1
        return runs
