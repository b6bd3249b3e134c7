"""Brings the input files of a job to its pod: `input_data` and `input_metadata.json` of a directory."""

from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

from jobsvc.domain.builtin_errors import FILESYSTEM_IO, MISSING_FILE, PRE_TIMEOUT
from jobsvc.domain.limits import MAX_STAGING_SECONDS
from jobsvc.engines.carriage import FetchedFile, FetchOrder, Problem, read
from jobsvc.porter.transfer import PROGRESS_SECONDS, Broken, GivenUp, Hope, OutOfTime, get, portions
from jobsvc.porter.waiting import read_link

GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.PRECONDITION_FAILED})
MODE = 0o444


def fetch(link_file: Path, directory: Path, within: float = PROGRESS_SECONDS) -> Problem | None:
    """Fetch everything; a problem when that cannot be, as when no byte comes `within` so many seconds; None when all is there."""
    hope = Hope(MAX_STAGING_SECONDS, within)
    try:
        order = hope.insist(lambda: _order(link_file))
        if order.error_name:
            return Problem(order.error_name, order.reason)
        return _Fetching(link_file, directory, order, hope).all()
    except GivenUp as exc:
        return Problem(FILESYSTEM_IO, f"what is to be fetched cannot be learned: {exc}")
    except OutOfTime:
        return Problem(PRE_TIMEOUT, f"fetching the input files took longer than {MAX_STAGING_SECONDS:.0f} s")
    except OSError as exc:
        return Problem(FILESYSTEM_IO, f"the input files cannot be written on the node: {exc.strerror}")


def _order(link_file: Path) -> FetchOrder:
    # By the link of this moment: a worker renews it.
    return read(FetchOrder, get(read_link(link_file)))


class _Fetching:
    def __init__(self, link_file: Path, directory: Path, order: FetchOrder, hope: Hope) -> None:
        self._link_file = link_file
        self._directory = directory
        self._order = order
        self._hope = hope

    def all(self) -> Problem | None:
        """Every file, up to the first that cannot be had."""
        inputs = self._directory / "input_data"
        inputs.mkdir(exist_ok=True)
        metadata = self._directory / "input_metadata.json"
        metadata.unlink(missing_ok=True)  # a node may begin a container again
        metadata.write_text(self._order.metadata, encoding="utf-8")
        metadata.chmod(MODE)
        for number, file in enumerate(self._order.files):
            target = inputs / file.target
            target.parent.mkdir(parents=True, exist_ok=True)
            if problem := self._fetch(number, target):
                return problem
        return None

    def _fetch(self, number: int, target: Path) -> Problem | None:
        file = self._order.files[number]
        target.unlink(missing_ok=True)
        try:
            with target.open("xb") as copy:
                self._hope.insist(self._taking(number, copy), GONE)
        except GivenUp as exc:
            return Problem(FILESYSTEM_IO, f"{file.label}: {exc}")
        except Broken as exc:
            if exc.status == HTTPStatus.NOT_FOUND:
                return Problem(MISSING_FILE, f"{file.label} is missing: the object store does not have it any more")
            return Problem(FILESYSTEM_IO, f"{file.label} is another file now")
        target.chmod(MODE)
        return None

    def _taking(self, number: int, copy: BinaryIO) -> Callable[[], None]:
        """Takes a file on from what is there of it."""

        def call() -> None:
            try:
                self._take_on(self._order.files[number], copy)
            except Broken as exc:
                if exc.status == HTTPStatus.FORBIDDEN:
                    # The link may be too old: a worker has renewed it meanwhile, or will.
                    with suppress(Broken):
                        self._order = _order(self._link_file)
                raise

        return call

    def _take_on(self, file: FetchedFile, copy: BinaryIO) -> None:
        if copy.tell() == file.size:
            return
        for portion in portions(file.link, copy.tell(), file.etag):
            copy.write(portion)
            self._hope.got_on()
        if copy.tell() != file.size:
            raise Broken(f"the connection broke off at {copy.tell()} of {file.size} bytes")
