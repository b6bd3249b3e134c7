"""Looks for the outputs of a job that has ended, reports them, and sends the files that a worker wants."""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jobsvc.domain.builtin_errors import FILESYSTEM_IO, POST_TIMEOUT
from jobsvc.domain.outcome import FileIdentity
from jobsvc.domain.outputs import OutputProblem
from jobsvc.engines.capture import Capture, capture
from jobsvc.engines.carriage import (
    PART_BYTES,
    PartsOrder,
    Problem,
    Report,
    ReportedFile,
    ShipOrder,
    Shipped,
    part_count,
    read,
    write,
)
from jobsvc.porter.transfer import PORTION, PROGRESS_SECONDS, Broken, GivenUp, Hope, OutOfTime, get, put
from jobsvc.porter.waiting import read_link
from jobsvc.storage.regular import open_regular

START_SECONDS = 3600.0
"""For the order of what to do, which says how long the rest may take."""


class _Changed(Exception):
    """A file is another one than was reported, though the job has ended."""


def ship(link_file: Path, directory: Path, within: float = PROGRESS_SECONDS) -> Problem | None:
    """Report and send everything; a problem when that cannot be, which a worker hears of by the end of the container.

    It cannot be when no byte goes `within` so many seconds.
    """
    try:
        order = _order(link_file, Hope(START_SECONDS, within))
        hope = Hope(order.seconds, within)
        report, identities = _report(directory, order, hope)
        content = write(report)
        _insist(link_file, hope, lambda now: put(now.report_link, content, len(content)))
        if not report.error_name and report.files:
            _Sending(link_file, directory, report.sizes(), identities, hope).all()
    except GivenUp as exc:
        return Problem(FILESYSTEM_IO, f"the outputs cannot be shipped: {exc}")
    except OutOfTime:
        return Problem(POST_TIMEOUT, "shipping the outputs took too long")
    except _Changed as exc:
        return Problem(FILESYSTEM_IO, f"the outputs cannot be shipped: {exc} changed while it was read")
    except OSError as exc:
        return Problem(FILESYSTEM_IO, f"the outputs cannot be read: {exc.strerror}")
    return None


def _order(link_file: Path, hope: Hope) -> ShipOrder:
    return read(ShipOrder, hope.insist(lambda: get(read_link(link_file))))


def _insist(link_file: Path, hope: Hope, call: Callable[[ShipOrder], None]) -> None:
    """Do something by links that are read again each time, for a worker renews them."""
    hope.insist(lambda: call(read(ShipOrder, get(read_link(link_file)))))


def _report(directory: Path, order: ShipOrder, hope: Hope) -> tuple[Report, Mapping[str, FileIdentity]]:
    """What is there, and which file each of the names was."""
    try:
        return _reported(directory, capture(directory, order.manifest, order.provided, hope.got_on))
    except OutputProblem as exc:
        return Report(error_name=exc.error_name, reason=exc.detail), {}
    except OSError as exc:
        return Report(error_name=FILESYSTEM_IO, reason=f"the job's outputs cannot be read: {exc.strerror}"), {}


def _reported(directory: Path, captured: Capture) -> tuple[Report, Mapping[str, FileIdentity]]:
    output = captured.output
    files = tuple(
        ReportedFile(
            file.output, file.relative_path, file.media_type, (directory / file.relative_path).stat().st_size, file.metadata
        )
        for file in output.files
    )
    identities = {file.relative_path: file.identity for file in output.files if file.identity}
    return Report(files, output.json, output.input_metadata, captured.warnings), identities


class _Sending:
    """Sends all files as one stream, in parts."""

    def __init__(
        self, link_file: Path, directory: Path, sizes: Mapping[str, int], identities: Mapping[str, FileIdentity], hope: Hope
    ) -> None:
        self._link_file = link_file
        self._directory = directory
        self._sizes = sizes
        self._identities = identities
        self._hope = hope
        self._digests: dict[str, Any] = {}

    def all(self) -> None:
        """Every part, and then the digests: whoever reads those knows that all is there."""
        size = sum(self._sizes.values())
        for number in range(part_count(size)):
            self._send(number, min(PART_BYTES, size - number * PART_BYTES))
        digests = {name: self._digests.get(name, hashlib.sha256()).hexdigest() for name in self._sizes}
        content = write(Shipped(digests))
        self._insist(lambda order: put(order.shipped_link, content, len(content)))

    def _send(self, number: int, size: int) -> None:
        begin = number * PART_BYTES
        seen: dict[str, Any] = {}

        def call(order: PartsOrder) -> None:
            seen.clear()
            put(order.links[number], self._stream(begin, begin + size, seen), size)

        self._insist(call)
        self._digests |= seen

    def _insist(self, call: Callable[[PartsOrder], None]) -> None:
        """Do something by links that a worker may just be making, or making again."""
        _insist(self._link_file, self._hope, lambda order: call(self._parts(order)))

    def _parts(self, order: ShipOrder) -> PartsOrder:
        try:
            return read(PartsOrder, get(order.parts_link))
        except Broken as exc:
            if exc.status == HTTPStatus.NOT_FOUND:
                # Nothing is wrong: the worker has yet to read the report.
                with suppress(OutOfTime):
                    self._hope.got_on()
            raise

    def _stream(self, begin: int, end: int, seen: dict[str, Any]) -> Iterator[bytes]:
        """The bytes of a part of the stream; `seen` has the digests of its files up to there."""
        offset = 0
        for name, size in self._sizes.items():
            first, last = max(begin, offset), min(end, offset + size)
            if first < last:
                digest = seen[name] = self._digests.get(name, hashlib.sha256()).copy()
                for portion in self._file(name, first - offset, last - offset):
                    digest.update(portion)
                    yield portion
                    self._hope.got_on()
            offset += size

    def _file(self, name: str, begin: int, end: int) -> Iterator[bytes]:
        with os.fdopen(open_regular(self._directory / name), "rb") as file:
            facts = os.fstat(file.fileno())
            if self._identities[name] != FileIdentity(facts.st_dev, facts.st_ino):
                raise _Changed(name)
            file.seek(begin)
            while begin < end:
                portion = file.read(min(PORTION, end - begin))
                if not portion:
                    raise _Changed(name)
                begin += len(portion)
                yield portion
