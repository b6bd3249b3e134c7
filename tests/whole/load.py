"""Callers of several kinds that go on while parts of the installation go and come back."""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack, suppress
from http import HTTPStatus
from typing import Any

import httpx

from tests.faults.ledger import Trial
from tests.faults.service import Service
from tests.waiting import until

UNDER_WAY = 6
"""So many jobs wait or run at most: who submits goes on when there are fewer."""
PHASE_LIMIT = 120
TIMEOUT = 30
LOOK_SECONDS = 0.2
PACE_SECONDS = 0.1
"""Between two calls of one caller: they are to be there all the time, and leave the processors to what is restarted."""
EXPECTED: Mapping[str, str] = {
    "submitter": "201",
    "viewer": "200",
    "viewer who cancels": "403",
    "reader of a log": "200",
    "nobody": "403",
    "expired": "401",
}
"""The answer to each caller. Nobody else's is right at any time."""
Allowed = Mapping[str, Mapping[str, Collection[str]]]
"""By phase and caller: what may be answered besides."""


class Load:
    """Calls until `end`; `results` are how often a caller got which answer, and in which phases the call began and ended.

    Each call has a connection of its own, so that whatever fails is no connection that a gateway closed for its age.

    Args:
        url: of the service, with its prefix.
        tokens: of submitter, viewer, and one that has expired.
        trial: the jobs that are submitted, which writes down what ran.
        log: the path of a log that is whole.

    """

    def __init__(self, url: str, tokens: Mapping[str, str], trial: Trial, log: str) -> None:
        self.results: Counter[tuple[str, str, str, str]] = Counter()
        self.phase = "before"
        self._url, self._tokens, self._trial, self._log = url, tokens, trial, log
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._open = ExitStack()
        self._threads = [threading.Thread(target=self._go_on, args=(step,)) for step in self._steps()]
        for thread in self._threads:
            thread.start()

    def note(self, caller: str, result: str, begun: str) -> None:
        """Count an answer to a call that began in this phase."""
        with self._lock:
            self.results[begun, self.phase, caller, result] += 1

    def go_through(self, phase: str) -> None:
        """Begin a phase, and return when all callers had a right answer in it."""
        self.phase = phase
        until(lambda: self._content() == set(EXPECTED), PHASE_LIMIT, LOOK_SECONDS)

    def end(self) -> None:
        """Stop calling. What was being submitted is waited for."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(TIMEOUT * 4)
            assert not thread.is_alive()
        self._open.close()

    def wrong(self, allowed: Allowed) -> dict[tuple[str, str, str, str], int]:
        """What no caller may be answered, in neither of the phases of its call."""
        return {key: number for key, number in self.results.items() if not _is_right(*key, allowed)}

    def _content(self) -> set[str]:
        with self._lock:
            return {caller for begun, _, caller, result in self.results if begun == self.phase and result == EXPECTED[caller]}

    def _steps(self) -> list[Callable[[], object]]:
        viewer, cancels = self._client("viewer", "viewer"), self._client("viewer who cancels", "viewer")
        nobody, expired = self._client("nobody"), self._client("expired", "expired")
        reader = self._client("reader of a log", "viewer")
        return [
            *[self._submitting() for _ in range(2)],
            lambda: viewer.get("v6/jobs/", params={"page_size": 20}),
            lambda: cancels.post("v6/jobs/cancel/", json={"job_ids": self._trial.accepted[:1]}),
            lambda: self._read(reader),
            lambda: nobody.get("v6/jobs/"),
            lambda: expired.get("v6/jobs/"),
        ]

    def _read(self, reader: httpx.Client) -> None:
        begun = self.phase
        answer = reader.get(self._log, params={"format": "txt"})
        if answer.is_success and answer.text.count("line ") != self._trial.lines:
            self.note("reader of a log", "not the whole log", begun)

    def _options(self, caller: str, token: str) -> dict[str, Any]:
        return {"transport": Recorder(self, caller), "headers": bearer(self._tokens.get(token, "")), "timeout": TIMEOUT}

    def _client(self, caller: str, token: str = "") -> httpx.Client:
        return self._open.enter_context(httpx.Client(base_url=self._url, **self._options(caller, token)))

    def _submitting(self) -> Callable[[], object]:
        service = Service(self._url, **self._options("submitter", "submitter"))
        self._open.callback(service.close)

        def submit() -> None:
            until(self._wants_more, PHASE_LIMIT, LOOK_SECONDS)
            self._trial.accepted.append(service.submit(self._trial.job_type_id))

        return submit

    def _wants_more(self) -> bool:
        return len(self._trial.accepted) - self._trial.ended() < UNDER_WAY or self._stopping.is_set()

    def _go_on(self, step: Callable[[], object]) -> None:
        while not self._stopping.wait(PACE_SECONDS):
            with suppress(httpx.TransportError):  # noted
                step()


class Recorder(httpx.HTTPTransport):
    """Notes of each call its status, or its fault."""

    def __init__(self, load: Load, caller: str) -> None:
        super().__init__(limits=httpx.Limits(max_keepalive_connections=0))
        self._load, self._caller = load, caller

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        begun = self._load.phase
        try:
            answer = super().handle_request(request)
        except httpx.TransportError as exc:
            self._load.note(self._caller, repr(exc), begun)
            raise
        is_left_alone = answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE and "Retry-After" not in answer.headers
        self._load.note(self._caller, f"{answer.status_code}{' without Retry-After' if is_left_alone else ''}", begun)
        return answer


def _is_right(begun: str, ended: str, caller: str, result: str, allowed: Allowed) -> bool:
    return result == EXPECTED[caller] or any(result in allowed.get(phase, {}).get(caller, ()) for phase in (begun, ended))


def bearer(token: str) -> dict[str, str]:
    """The header of who has this token; none for who has none."""
    return {"Authorization": f"Bearer {token}"} if token else {}
