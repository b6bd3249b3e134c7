"""The queue of spans in front of a collector: bounded, and with every span counted that does not arrive."""

import threading
from collections.abc import Sequence

import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from jobsvc import metrics

log = structlog.get_logger(__name__)
MOST = 2048
"""Spans that wait; about as many KiB."""


class SpanQueue(BatchSpanProcessor):
    """Hands spans to a thread that sends them; drops what comes while as many wait as may."""

    def __init__(self) -> None:
        self._waiting = 0
        self._counting = threading.Lock()
        super().__init__(_Counting(self), max_queue_size=MOST)

    def on_end(self, span: ReadableSpan) -> None:
        """Take a span."""
        if not (span.context and span.context.trace_flags.sampled):
            return
        with self._counting:
            is_full = self._waiting >= MOST
            self._waiting += not is_full
        if is_full:
            metrics.SPANS.labels("dropped").inc()
        else:
            super().on_end(span)

    def leave(self, count: int) -> None:
        """So many spans wait no more."""
        with self._counting:
            self._waiting -= count


class _Counting(SpanExporter):
    """Sends spans, counts what became of them, and says when the collector goes away and comes back."""

    def __init__(self, queue: SpanQueue) -> None:
        self._queue = queue
        self._inner = OTLPSpanExporter()
        self._is_away = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send."""
        result = SpanExportResult.FAILURE
        try:
            result = self._inner.export(spans)
        finally:
            self._queue.leave(len(spans))
            is_away = result is not SpanExportResult.SUCCESS
            metrics.SPANS.labels("failed" if is_away else "sent").inc(len(spans))
            if is_away != self._is_away:
                self._is_away = is_away
                if is_away:
                    log.warning("tracing.failed", spans=len(spans))
                else:
                    log.info("tracing.resumed")
        return result

    def shutdown(self) -> None:
        """Send nothing more."""
        self._inner.shutdown()  # type: ignore[no-untyped-call]
