"""Spans as the service makes them: real ones while a tracer is set, else one that does nothing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from jobsvc.tracing.recording import Recorder

Attribute: TypeAlias = str | int | float | bool
_recorder: "Recorder | None" = None


class Kind(StrEnum):
    """What a span is to the one above it."""

    INTERNAL = "INTERNAL"
    SERVER = "SERVER"
    CONSUMER = "CONSUMER"


class Span:
    """One that is not recorded; `jobsvc.tracing.recording` has those that are."""

    @property
    def context(self) -> Mapping[str, str]:
        """What those carry on who belong to it: the texts of W3C Trace Context, by the names of their headers."""
        return {}

    def rename(self, name: str) -> None:
        """Call it something else."""

    def note(self, **attributes: Attribute | None) -> None:
        """Say more of it; `__` stands for the point in a name."""

    def fail(self, reason: str) -> None:
        """Mark it as failed."""

    def drop(self) -> None:
        """Send it nowhere, as what nobody wants to see."""


NOTHING = Span()


def use(recorder: "Recorder | None") -> None:
    """Have spans recorded from here on; None: not any more."""
    global _recorder  # noqa: PLW0603 - a process has one, and whoever makes spans need not be given it
    _recorder = recorder


@contextmanager
def span(name: str, kind: Kind = Kind.INTERNAL, **attributes: Attribute | None) -> Iterator[Span]:
    """A span of the current one, for the time of the block."""
    if _recorder is None:
        yield NOTHING
        return
    with _recorder.span(name, kind, None, attributes) as recorded:
        yield recorded


@contextmanager
def span_of(parent: Mapping[str, str], name: str, kind: Kind, **attributes: Attribute | None) -> Iterator[Span]:
    """The same for one that belongs to what came from elsewhere; a trace of its own where that is empty."""
    if _recorder is None:
        yield NOTHING
        return
    with _recorder.span(name, kind, parent, attributes) as recorded:
        yield recorded
