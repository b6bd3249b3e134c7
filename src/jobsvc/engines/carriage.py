"""What a worker and the porter in a pod tell each other of the files of a run, as JSON in the staging place (ADR 43)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

from jobsvc.domain.seed import SeedManifest

T = TypeVar("T")
adapter: Callable[[Any], TypeAdapter[Any]] = cache(TypeAdapter)
PART_BYTES = 128 << 20
"""Outputs are shipped as one stream in parts of so many bytes: one that breaks off is sent again."""


@dataclass(frozen=True)
class FetchedFile:
    """A file that a job reads: its path below the inputs, what sentences call it, and where it is got."""

    target: str
    label: str
    link: str
    size: int
    etag: str = ""


@dataclass(frozen=True)
class FetchOrder:
    """All that is to be there before the job begins; `metadata` is the text of its `input_metadata.json`.

    An `error_name` says that there is nothing to be fetched, and why.
    """

    files: tuple[FetchedFile, ...] = ()
    metadata: str = ""
    seconds: float = 0.0
    error_name: str = ""
    reason: str = ""


@dataclass(frozen=True)
class ShipOrder:
    """How to look for outputs, where the report of them goes (PUT), and where the order to send them will be (GET)."""

    manifest: SeedManifest
    provided: tuple[str, ...]
    seconds: float
    report_link: str
    parts_link: str


@dataclass(frozen=True)
class ReportedFile:
    """An output as `CapturedFile` has it, and its size in bytes."""

    output: str
    name: str
    media_type: str
    size: int
    metadata: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Report:
    """What a job left: files by output, of which several may be the same one, or the error that is in the way."""

    files: tuple[ReportedFile, ...] = ()
    json: Mapping[str, Any] = field(default_factory=dict)
    input_metadata: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    error_name: str = ""
    reason: str = ""

    def sizes(self) -> dict[str, int]:
        """The files that are shipped, in their sequence, once each."""
        return {file.name: file.size for file in self.files}


@dataclass(frozen=True)
class PartsOrder:
    """Where the parts of the stream of all files go (PUT), and then what was sent (PUT)."""

    links: tuple[str, ...]
    shipped_link: str


@dataclass(frozen=True)
class Shipped:
    """The SHA-256 digests of the files that were sent, by name, in hexadecimal digits."""

    digests: Mapping[str, str]


@dataclass(frozen=True)
class Problem:
    """Why the porter gave up: the name of a builtin error, and a sentence."""

    error_name: str
    reason: str


def write(document: Any) -> bytes:
    """The JSON of one of these."""
    return adapter(type(document)).dump_json(document)


def read(kind: type[T], content: bytes | str) -> T:
    """One of these, of its JSON. ValueError."""
    document: T = adapter(kind).validate_json(content)
    return document


def part_count(size: int) -> int:
    """How many parts so many bytes have."""
    return -(-size // PART_BYTES)
