"""As much of an object store as links lead to, which breaks as a test says."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HALF = 0
"""In the place of a status: half of what was asked for comes, and then nothing more."""


class Store:
    """Objects by path; `faults` are the answers to the next requests of a path, instead of the right ones."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.objects: dict[str, bytes] = {}
        self.faults: dict[str, list[int]] = {}
        self.requests: list[tuple[str, str, str]] = []
        """Method, path, and the range that was asked for."""
        self.after: dict[str, Callable[[], None]] = {}
        """What happens once an object was written."""
        self.refusals: dict[str, Callable[[], None]] = {}
        """Paths that are refused, and what happens before."""

    def link(self, path: str) -> str:
        """Where an object is."""
        return f"{self.address}/{path}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    store = Store("")


class _Handler(BaseHTTPRequestHandler):
    @property
    def _store(self) -> Store:
        server = self.server
        assert isinstance(server, _Server)
        return server.store

    def do_GET(self) -> None:
        path, part = self.path[1:], self.headers.get("Range", "")
        fault = self._fault(path, part)
        content = self._store.objects.get(path)
        if path in self._store.refusals:
            self._store.refusals[path]()
            fault = 403
        if fault is None and content is None:
            fault = 404
        if fault or content is None:
            self._answer(fault or 404, b"")
            return
        begin = int(part.removeprefix("bytes=").removesuffix("-") or 0)
        if tag := self.headers.get("If-Match"):
            assert tag == "tag"
        self._answer(206 if part else 200, content[begin:], is_half=fault == HALF)

    def do_PUT(self) -> None:
        path = self.path[1:]
        fault = self._fault(path, "")
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if fault is None:
            self._store.objects[path] = content
            self._store.after.pop(path, lambda: None)()
        self._answer(200 if fault is None else fault, b"")

    def log_message(self, *_: object) -> None:
        pass

    def _fault(self, path: str, part: str) -> int | None:
        self._store.requests.append((self.command, path, part))
        waiting = self._store.faults.get(path)
        return waiting.pop(0) if waiting else None

    def _answer(self, status: int, content: bytes, *, is_half: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if is_half else content)


@contextmanager
def running_store() -> Iterator[Store]:
    """One for the time of the block."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.store = Store(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.store
        finally:
            server.shutdown()
            thread.join()
