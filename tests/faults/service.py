"""A client of a service that may be away at times."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx

from tests.waiting import until

ANSWER_LIMIT = 60.0  # seconds
PAUSE = 0.2
SERVER_ERROR = 500


class Service:
    """Asks again until there is an answer; what it submits is there once, however often it had to ask.

    `options` are those of the HTTP client.
    """

    def __init__(self, url: str, **options: Any) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, **{"timeout": 5, **options})

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def answer(self, method: str, path: str, **options: Any) -> httpx.Response:
        """The answer, as soon as there is one that is no fault of the service."""

        def try_it() -> httpx.Response | None:
            try:
                answer = self._http.request(method, path, **options)
            except httpx.HTTPError:
                return None
            return answer if answer.status_code < SERVER_ERROR else None

        return until(try_it, ANSWER_LIMIT, PAUSE).raise_for_status()

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """The answer's document."""
        return self.answer(method, path, **options).json()

    def submit(self, job_type_id: int) -> int:
        """A new job; gives its id."""
        key = {"Idempotency-Key": uuid4().hex}
        return int(self.ask("POST", "/v6/jobs/", json={"job_type_id": job_type_id}, headers=key)["id"])

    def accept(self, path: str, body: Any) -> str:
        """Post what is answered with 202; gives the path that is to be watched."""
        answer = self._http.post(path, json=body)
        assert answer.status_code == 202
        return httpx.URL(answer.headers["location"]).path

    def jobs(self, **filters: Any) -> list[dict[str, Any]]:
        """All jobs, or those that match."""
        return list(self.listed("/v6/jobs/", **filters))

    def listed(self, path: str, **filters: Any) -> Iterator[dict[str, Any]]:
        """What a list has, of all its pages."""
        page = self.ask("GET", path, params={"page_size": 1000, **filters})
        yield from page["results"]
        while page["next"]:
            page = self.ask("GET", page["next"])
            yield from page["results"]

    def counts(self, **filters: Any) -> Counter[str]:
        """How many jobs have which status."""
        return Counter(job["status"] for job in self.jobs(**filters))

    def retried(self, job_type_id: int) -> int:
        """How many jobs of a type have more than one execution."""
        return sum(job["num_exes"] > 1 for job in self.jobs(job_type_id=job_type_id))

    def until(self, fits: Callable[[Counter[str]], bool], seconds: float, **filters: Any) -> Counter[str]:
        """The counts as soon as they fit."""
        last: Counter[str] = Counter()

        def is_fit() -> bool:
            last.clear()
            last.update(self.counts(**filters))
            return fits(last)

        try:
            until(is_fit, seconds, PAUSE)
        except AssertionError as exc:
            exc.add_note(f"last counts: {last}")
            raise
        return last
