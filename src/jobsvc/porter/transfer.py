"""Requests to the object store by links that somebody else has signed, repeated for as long as there is hope."""

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import TypeVar

T = TypeVar("T")
SILENCE_SECONDS = 60.0
PROGRESS_SECONDS = 120.0
"""How long requests may fail without any byte in between."""
FIRST_PAUSE, MOST_PAUSE = 0.2, 5.0
PORTION = 1 << 20


class Broken(Exception):
    """A request failed: its HTTP status, or None when there was no answer, or not all of one."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


class GivenUp(Exception):
    """There is no hope left; the text says what the last problem was."""


class OutOfTime(Exception):
    """The time for all of it is over."""


class Hope:
    """Repeats what breaks, until it has not got on for too long or the time for all of it is over."""

    def __init__(self, seconds: float, within: float = PROGRESS_SECONDS) -> None:
        """`seconds` for everything, `within` between two bytes."""
        self._end = time.monotonic() + seconds
        self._within = within
        self._last = time.monotonic()
        self._pause = FIRST_PAUSE

    def got_on(self) -> None:
        """Note that something came, or went. OutOfTime."""
        self._last, self._pause = time.monotonic(), FIRST_PAUSE
        if self._last > self._end:
            raise OutOfTime

    def insist(self, call: Callable[[], T], final: Collection[int | None] = ()) -> T:
        """The result of a call that does not break. GivenUp, OutOfTime; Broken with one of the statuses that are `final`."""
        self._last = time.monotonic()
        while True:
            try:
                return call()
            except Broken as exc:
                if exc.status in final:
                    raise
                self._wait(exc)

    def _wait(self, problem: Broken) -> None:
        now = time.monotonic()
        if now > self._end:
            raise OutOfTime
        if now - self._last > self._within:
            raise GivenUp(str(problem))
        time.sleep(min(self._pause, max(0.0, self._end - now) + FIRST_PAUSE))
        self._pause = min(2 * self._pause, MOST_PAUSE)


def get(link: str) -> bytes:
    """All of a small object. Broken."""
    with _answer(urllib.request.Request(link)) as response:  # noqa: S310 - a worker says what is asked
        content: bytes = response.read()
        expected = response.headers.get("Content-Length")
    if expected is not None and len(content) != int(expected):
        raise Broken("the connection broke off")
    return content


def portions(link: str, begin: int, etag: str) -> Iterator[bytes]:
    """The bytes of an object from `begin` on, if it is the one of this tag. Broken."""
    headers = {"Range": f"bytes={begin}-"} | ({"If-Match": etag} if etag else {})
    with _answer(urllib.request.Request(link, headers=headers)) as response:  # noqa: S310
        if begin and response.status != HTTPStatus.PARTIAL_CONTENT:
            raise Broken("the object store gives no parts of objects", response.status)
        while portion := response.read(PORTION):
            yield portion


def put(link: str, content: bytes | Iterable[bytes], size: int) -> None:
    """Write an object of so many bytes. Broken."""
    headers = {"Content-Length": str(size), "Content-Type": "application/octet-stream"}
    with _answer(urllib.request.Request(link, data=content, headers=headers, method="PUT")):  # noqa: S310
        pass


@contextmanager
def _answer(request: urllib.request.Request) -> Iterator[http.client.HTTPResponse]:
    """The answer to a request. No sentence has the link: whoever has that may do what it is for."""
    try:
        with urllib.request.urlopen(request, timeout=SILENCE_SECONDS) as response:  # noqa: S310
            yield response
    except urllib.error.HTTPError as exc:
        exc.close()
        raise Broken(f"the object store answers {exc.code}", exc.code) from None
    except urllib.error.URLError as exc:
        raise Broken(f"the object store cannot be reached: {exc.reason}") from None
    except (http.client.HTTPException, OSError) as exc:
        raise Broken(f"the connection to the object store broke off: {type(exc).__name__}") from None
