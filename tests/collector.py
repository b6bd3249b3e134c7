"""A collector of traces: takes spans by OTLP over HTTP, as a real one does."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse


class Collector:
    """What it was sent; `status` is what it answers, and while `opened` is not set it does not answer at all."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 200
        self.opened = threading.Event()
        self.opened.set()
        self.asked = threading.Event()
        self._lock = threading.Lock()
        self._spans: list[tuple[str, Any]] = []

    def take(self, body: bytes) -> None:
        """Keep the spans of a request, each with the part of the service that sent it."""
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            part = attributes(group.resource)["jobsvc.part"]
            with self._lock:
                self._spans += [(part, span) for scope in group.scope_spans for span in scope.spans]

    def spans(self, trace_id: str) -> dict[str, Any]:
        """The spans of a trace, by part and name."""
        with self._lock:
            return {f"{part}: {span.name}": span for part, span in self._spans if span.trace_id.hex() == trace_id}

    @property
    def names(self) -> list[str]:
        """The names of all spans."""
        with self._lock:
            return [span.name for _, span in self._spans]


def attributes(item: Any) -> dict[str, Any]:
    """Those of a span or a resource."""
    return {entry.key: getattr(entry.value, entry.value.WhichOneof("value")) for entry in item.attributes}


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector on a port of its own."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            collector.asked.set()
            collector.opened.wait()
            if collector.status == 200:
                collector.take(body)
            self.send_response(collector.status)
            self.send_header("Content-Type", "application/x-protobuf")
            self.end_headers()
            self.wfile.write(ExportTraceServiceResponse().SerializeToString())

        def log_message(self, *_arguments: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        collector.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield collector
        finally:
            collector.opened.set()
            server.shutdown()
            thread.join()
