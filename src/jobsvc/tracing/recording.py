"""Spans that are recorded. Imported only where spans are sent somewhere."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from jobsvc.tracing.spans import Attribute, Kind, Span

_W3C = TraceContextTextMapPropagator()


class Recorded(Span):
    """A span of OpenTelemetry, which ends with its block unless it is dropped."""

    def __init__(self, inner: trace.Span) -> None:
        self._inner = inner
        self.is_dropped = False

    @property
    def context(self) -> Mapping[str, str]:
        """The texts of W3C Trace Context, also of one that is not sampled."""
        carrier: dict[str, str] = {}
        _W3C.inject(carrier, trace.set_span_in_context(self._inner, Context()))
        return carrier

    def rename(self, name: str) -> None:
        """Call it something else."""
        self._inner.update_name(name)

    def note(self, **attributes: Attribute | None) -> None:
        """Say more of it."""
        self._inner.set_attributes(_named(attributes))

    def fail(self, reason: str) -> None:
        """Mark it as failed."""
        self._inner.set_status(trace.Status(trace.StatusCode.ERROR, reason))

    def drop(self) -> None:
        """Only what ends is sent."""
        self.is_dropped = True


class Recorder:
    """Makes spans with a tracer."""

    def __init__(self, tracer: trace.Tracer) -> None:
        self._tracer = tracer

    @contextmanager
    def span(
        self, name: str, kind: Kind, parent: Mapping[str, str] | None, attributes: Mapping[str, Attribute | None]
    ) -> Iterator[Recorded]:
        """A span for the time of the block, of the current one where `parent` is None."""
        context = None if parent is None else _W3C.extract(parent, Context())
        inner = self._tracer.start_span(name, context, trace.SpanKind[kind], _named(attributes))
        recorded = Recorded(inner)
        try:
            with trace.use_span(inner, end_on_exit=False):
                yield recorded
        finally:
            if not recorded.is_dropped:
                inner.end()


def _named(attributes: Mapping[str, Attribute | None]) -> dict[str, Attribute]:
    return {name.replace("__", "."): value for name, value in attributes.items() if value is not None}
