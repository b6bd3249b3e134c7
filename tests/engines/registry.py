"""A registry of images on the loopback, from which Docker pulls without TLS: as much of the protocol as a pull needs."""

import gzip
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


class Registry:
    """Images by name, with labels and nothing in them; `is_open` lets blobs out."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.is_open = threading.Event()
        self.is_open.set()
        self.pulls: list[str] = []
        """Names whose blobs were asked for."""
        self._manifests: dict[str, bytes] = {}
        self._blobs: dict[str, bytes] = {}

    def put(self, name: str, labels: Mapping[str, str]) -> str:
        """Offer an image, in the place of what had the name before; gives the name to pull it by."""
        content = io.BytesIO()
        tarfile.open(fileobj=content, mode="w").close()
        layer = gzip.compress(content.getvalue(), mtime=0)
        config = {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Labels": dict(labels)},
            "rootfs": {"type": "layers", "diff_ids": [_digest(content.getvalue())]},
            "history": [{"created": "1970-01-01T00:00:00Z"}],
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self._blob(CONFIG, json.dumps(config).encode()),
            "layers": [self._blob(LAYER, layer)],
        }
        self._manifests[name] = json.dumps(manifest).encode()
        return f"{self.address}/{name}:latest"

    def answer(self, path: str) -> tuple[bytes, str] | None:
        """Body and media type at a path; None: there is nothing."""
        _, _, *parts = path.split("/")
        match parts:
            case [""]:
                return b"{}", "application/json"
            case [name, "manifests", reference]:
                known = [self._manifests[name]] if name in self._manifests else []
                return next(((item, MANIFEST) for item in known if reference in {"latest", _digest(item)}), None)
            case [name, "blobs", digest]:
                self.pulls.append(name)
                self.is_open.wait()
                return self._blobs[digest], "application/octet-stream"
            case _:
                return None

    def _blob(self, kind: str, content: bytes) -> dict[str, Any]:
        digest = _digest(content)
        self._blobs[digest] = content
        return {"mediaType": kind, "size": len(content), "digest": digest}


@contextmanager
def running_registry() -> Iterator[Registry]:
    """A registry for the time of the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._respond(with_body=False)

        def do_GET(self) -> None:
            self._respond(with_body=True)

        def log_message(self, *_: object) -> None:
            pass

        def _respond(self, *, with_body: bool) -> None:
            known = registry.answer(self.path)
            body, kind = known or (b'{"errors": [{"code": "MANIFEST_UNKNOWN"}]}', "application/json")
            self.send_response(200 if known else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Docker-Content-Digest", _digest(body))
            self.end_headers()
            if with_body:
                self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        registry = Registry(f"127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield registry
        finally:
            registry.is_open.set()
            server.shutdown()
            thread.join()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
