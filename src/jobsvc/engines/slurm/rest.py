"""Slurm's REST service `slurmrestd`: for workers of hosts that have none of Slurm's commands."""

import asyncio
import base64
import getpass
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx

from jobsvc.engines.slurm import commands
from jobsvc.engines.slurm.scheduler import Batch, Queued, Refused, task_name
from jobsvc.engines.slurm.states import COMPLETING, own_name
from jobsvc.ports.remote_engine import EngineUnavailable

SUBMIT_PATH = re.compile(r"/slurm/v0\.0\.(\d+)/job/submit/?")
LISTS_SINCE = 39
"""From this version of the interface on, variables are a list and a GPU is one of the countable resources."""
UNSPECIFIED = -1
"""What the service says when the controller refuses its token, in its older versions."""
MOST_TASKS = 30
"""Of an array: its listing writes the numbers of those that wait into 64 characters, and leaves out what has no room there."""
TASKS = re.compile(r"(\d+)(?:-(\d+)(?::(\d+))?)?")
"""Numbers of tasks from the first to the last, and the step between them."""
CANCELS_AT_ONCE = 8
REFUSALS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


@dataclass(frozen=True)
class RestOptions:
    """Where the service is (`http://…` or `unix:///…`), and who asks. Without a token only the socket's permissions count."""

    url: str
    user: str | None = None
    token: str | None = field(default=None, repr=False)
    token_file: Path | None = None
    """Read for each request, as tokens are renewed; it comes before `token`."""


class Rest:
    """A `Scheduler`. The newest version of the interface that the service describes is used, 36 or a later one."""

    most_tasks = MOST_TASKS

    def __init__(self, options: RestOptions) -> None:
        self._options = options
        socket = options.url.removeprefix("unix://") if options.url.startswith("unix://") else None
        self._client = httpx.AsyncClient(
            base_url="http://slurm" if socket else options.url,
            transport=httpx.AsyncHTTPTransport(uds=socket) if socket else None,
            timeout=commands.SECONDS,
        )
        self._version: int | None = None
        self._submissions = asyncio.Semaphore(commands.SUBMISSIONS)

    async def submit(self, batch: Batch) -> None:
        """By `POST job/submit`."""
        async with self._submissions:
            version = await self._negotiated()
            await self._ask("POST", "job/submit", body={"script": batch.script, "job": _job(batch, version)})

    async def queue(self) -> list[Queued]:
        """By `GET jobs`, which has the jobs of all users."""
        answer = await self._ask("GET", "jobs")
        return [task for job in answer.get("jobs") or () for task in _tasks(job)]

    async def cancel(self, job_ids: Sequence[str], signal: str | None = None) -> None:
        """By `DELETE job/{id}`."""
        limit = asyncio.Semaphore(CANCELS_AT_ONCE)
        params = {"signal": f"SIG{signal}"} if signal else {}

        async def cancel(job_id: str) -> None:
            async with limit:
                with suppress(Refused):
                    await self._ask("DELETE", f"job/{job_id}", params)

        await asyncio.gather(*map(cancel, job_ids))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _negotiated(self) -> int:
        """The newest version that the service has."""
        if self._version is None:
            paths = (await self._fetch("GET", "/openapi/v3")).get("paths") or {}
            versions = [int(match[1]) for match in map(SUBMIT_PATH.fullmatch, paths) if match]
            if not versions:
                raise EngineUnavailable(f"what answers at JOBSVC_SLURM_URL ({self._options.url}) takes no jobs of Slurm")
            self._version = max(versions)
        return self._version

    async def _ask(self, method: str, path: str, params: Mapping[str, str] | None = None, body: object = None) -> dict[str, Any]:
        version = await self._negotiated()
        return await self._fetch(method, f"/slurm/v0.0.{version}/{path}", params, body)

    async def _fetch(
        self, method: str, path: str, params: Mapping[str, str] | None = None, body: object = None
    ) -> dict[str, Any]:
        try:
            headers = await asyncio.to_thread(self._headers)
            response = await self._client.request(method, path, params=params, json=body, headers=headers)
        except (httpx.HTTPError, OSError) as exc:
            raise EngineUnavailable(f"slurmrestd cannot be reached: {str(exc) or type(exc).__name__}") from exc
        if response.status_code in REFUSALS:
            raise EngineUnavailable(f"slurmrestd lets nobody in who comes so: {self._who()}")
        try:
            # A long list takes a while.
            answer: dict[str, Any] = await asyncio.to_thread(json.loads, response.content)
        except ValueError:
            answer = {}
        # With a number the job was taken, and what is called an error is why it cannot begin yet.
        if answer.get("job_id") or (response.is_success and not answer.get("errors")):
            return answer
        if response.status_code == HTTPStatus.NOT_FOUND:
            self._version = None
        raise self._problem(response.status_code, answer.get("errors") or ())

    def _problem(self, status: int, errors: Iterable[Mapping[str, Any]]) -> Exception:
        texts = [str(error.get("description") or error.get("error") or error) for error in errors]
        text = "; ".join(texts) or f"the status {status}"
        numbers = {error.get("error_number", error.get("error_code")) for error in errors}
        if UNSPECIFIED in numbers:
            return EngineUnavailable(f"slurmrestd: {text}; perhaps it is {self._who()}")
        if commands.is_away(text) or not numbers:
            return EngineUnavailable(f"slurmrestd: {text}")
        return Refused(text)

    def _headers(self) -> dict[str, str]:
        token = self._token()
        return {"X-SLURM-USER-NAME": self._user(), "X-SLURM-USER-TOKEN": token} if token else {}

    def _token(self) -> str | None:
        file = self._options.token_file
        return file.read_text(encoding="utf-8").strip().removeprefix("SLURM_JWT=") if file else self._options.token

    def _user(self) -> str:
        return self._options.user or getpass.getuser()

    def _who(self) -> str:
        """Who asks, for people; never the token."""
        with suppress(OSError):
            token = self._token()
            if token is None:
                return "without JOBSVC_SLURM_TOKEN or JOBSVC_SLURM_TOKEN_FILE"
            end = expiry(token)
            if end is not None and end < datetime.now(UTC):
                return f"the token of the user {self._user()}, which was good until {end:%Y-%m-%d %H:%M:%S} UTC"
        return f"the token of the user {self._user()}"


def expiry(token: str) -> datetime | None:
    """Until when a token is good, as far as it says so."""
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return datetime.fromtimestamp(int(claims["exp"]), UTC)
    except (LookupError, ValueError, TypeError, OverflowError, OSError):
        return None


def _job(batch: Batch, version: int) -> dict[str, Any]:
    variables = commands.environment()
    job: dict[str, Any] = {
        "name": batch.name,
        "comment": batch.name,
        "standard_output": "/dev/null",
        "standard_error": "/dev/null",
        # Not heeded by version 38; `once` in the script keeps a second run from happening.
        "requeue": False,
        "environment": [f"{name}={value}" for name, value in variables.items()] if version >= LISTS_SINCE else variables,
        "current_working_directory": str(batch.directory),
        "cpus_per_task": batch.cpus,
        **{"constraints" if name == "constraint" else name: value for name, value in batch.chosen.items()},
    }
    if batch.memory:
        job["memory_per_node"] = batch.memory
    if batch.gpus:
        job |= {"tres_per_node": f"gres/gpu:{batch.gpus}"} if version >= LISTS_SINCE else {"gres": f"gpu:{batch.gpus}"}
    if batch.avoided_node:
        job["excluded_nodes"] = [batch.avoided_node] if version >= LISTS_SINCE else batch.avoided_node
    if batch.minutes:
        job["time_limit"] = batch.minutes
    if batch.tasks > 1:
        job["array"] = f"0-{batch.tasks - 1}"
    return job


def _tasks(job: Mapping[str, Any]) -> Iterator[Queued]:
    """A job, or those of an array that an entry of the listing stands for: one that was begun, or all that wait.

    They are called by the id of the array and their number: the id of the entry may be that of the whole array, too.
    """
    queued, array = _queued(job), _number(job.get("array_job_id"))
    if not array:
        yield queued
        return
    number = _number(job.get("array_task_id"))
    waiting = str(job.get("array_task_string") or "")
    for task in [number] if number is not None else _numbers(waiting):
        yield replace(queued, name=task_name(queued.name, task), id=f"{array}_{task}")


def _numbers(text: str) -> Iterator[int]:
    """Those of tasks that wait, such as `0,2,5-9` or `0-8:2%4`, where at most 4 are to run at once."""
    for first, last, step in TASKS.findall(text.partition("%")[0]):
        yield from range(int(first), int(last or first) + 1, int(step or 1))


def _number(value: object) -> int | None:
    """A number as versions of the interface write it: newer ones say beside it whether it is set."""
    if isinstance(value, Mapping):
        value = value.get("number") if value.get("set", True) else None
    return value if isinstance(value, int) else None


def _queued(job: Mapping[str, Any]) -> Queued:
    state, end = job.get("job_state") or "", _number(job.get("end_time")) or 0
    if isinstance(state, list):
        # The state itself comes first, and what is going on with it after that.
        state = COMPLETING if COMPLETING in state else next(iter(state), "")
    nodes, reason = str(job.get("nodes") or ""), str(job.get("state_reason") or "")
    name = own_name(str(job.get("name")), str(job.get("comment") or ""))
    return Queued(name, str(job.get("job_id")), str(state), reason, nodes, str(end))
