"""Spans of OpenTelemetry. Nothing of it is imported, and nothing is done, unless its own variables say where spans go."""

from jobsvc.tracing.spans import NOTHING, Kind, Span, span, span_of

__all__ = ["NOTHING", "Kind", "Span", "span", "span_of"]
