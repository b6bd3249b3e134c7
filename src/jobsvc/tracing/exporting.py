"""Where spans go: to a collector, by OTLP over HTTP, as the standard variables of OpenTelemetry say."""

import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

import structlog

from jobsvc.tracing.spans import use

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

log = structlog.get_logger(__name__)
ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
PROTOCOL = "http/protobuf"
LAST_SECONDS = 1.0
"""That a process waits at its end for spans to be taken."""


@contextmanager
def exporting(part: str) -> Iterator[None]:
    """Send the spans of a part of the service until the end of the block, if the variables name where to."""
    provider = _provider(part) if is_configured(os.environ) else None
    try:
        yield
    finally:
        if provider is not None:
            use(None)
            # Whoever does not answer now must not hold the process.
            last = threading.Thread(target=provider.shutdown, daemon=True)
            last.start()
            last.join(LAST_SECONDS)


def is_configured(environment: Mapping[str, str]) -> bool:
    """Whether spans are to be sent."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    if environment.get("OTEL_TRACES_EXPORTER", "otlp").strip() not in {"otlp", ""}:
        return False
    return any(environment.get(name, "").strip() for name in ENDPOINTS)


def _provider(part: str) -> "TracerProvider | None":
    protocol = next((value for name in PROTOCOLS if (value := os.environ.get(name, "").strip())), PROTOCOL)
    if protocol != PROTOCOL:
        log.warning("tracing.unavailable", problem=f"Spans are sent by {PROTOCOL} alone, not by {protocol}.")
        return None
    try:
        provider = _made(part)
    except ValueError as exc:
        # A variable of OpenTelemetry's is wrong: jobs run without spans as well.
        log.warning("tracing.unavailable", problem=str(exc))
        return None
    log.info("tracing.started", part=part)
    return provider


def _made(part: str) -> "TracerProvider":
    # Here, for all of it takes as long to import as a good part of the rest, and most have no use for it.
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415

    from jobsvc.tracing.queue import SpanQueue  # noqa: PLC0415
    from jobsvc.tracing.recording import Recorder  # noqa: PLC0415

    # The queue counts and says itself what is not taken, and only now and then.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    own = Resource({"service.name": "jobsvc", "service.version": version("jobsvc"), "jobsvc.part": part})
    provider = TracerProvider(resource=own.merge(OTELResourceDetector().detect()), shutdown_on_exit=False)
    provider.add_span_processor(SpanQueue())
    use(Recorder(provider.get_tracer("jobsvc", version("jobsvc"))))
    return provider
