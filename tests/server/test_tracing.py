"""Variables of OpenTelemetry that are wrong: the service runs, and says why it sends no spans."""

import pytest
import structlog

from jobsvc import tracing
from jobsvc.tracing.exporting import exporting

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "Spans are sent by http/protobuf alone, not by grpc."),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "99999", "max_export_batch_size must be"),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "-5", "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT must be"),
    ],
)
def test_a_variable_that_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, problem: str) -> None:
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:1")
    monkeypatch.setenv(name, value)
    with structlog.testing.capture_logs() as lines, exporting("api"), tracing.span("work", tracing.Kind.INTERNAL) as span:
        assert span is tracing.NOTHING
    [line] = lines
    assert line["event"] == "tracing.unavailable"
    assert line["problem"].startswith(problem)
