"""Runs commands: in this process where that is enough, as processes where signals, pipes and time matter."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from jobsvc.client import Client, ServiceUnreachable
from tests.waiting import until

EXAMPLES = Path(__file__).parents[2] / "examples"
DATA = EXAMPLES / "data"
DECLARATION = DATA / "declaration-of-independence.txt"
JOBSVC = [sys.executable, "-m", "jobsvc"]


@dataclass(frozen=True)
class Ran:
    """What a command printed and its exit code."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)

    def ids(self) -> list[int]:
        """Standard output as ids, one a line."""
        return [int(line) for line in self.out.split()]


def free_port() -> int:
    """A port that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def environment(data_dir: Path) -> dict[str, str]:
    """The environment of a service of its own, on a free port, and of commands that talk to it."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("JOBSVC_")}
    return {**inherited, "JOBSVC_DATA_DIR": str(data_dir), "JOBSVC_PORT": str(free_port()), "JOBSVC_DRAIN_SECONDS": "1"}


@contextmanager
def running_service(variables: Mapping[str, str], command: Sequence[str] = (*JOBSVC, "up")) -> Iterator[str]:
    """`jobsvc up`, or a command that ends as it, as a process; gives its URL."""
    url = f"http://127.0.0.1:{variables['JOBSVC_PORT']}"
    with subprocess.Popen(command, env=variables, stdin=subprocess.DEVNULL) as process:
        try:
            _await(url, process)
            yield url
        finally:
            process.terminate()


@contextmanager
def serving(answer: Callable[[BaseHTTPRequestHandler], tuple[int, str]]) -> Iterator[str]:
    """A server that is not jobsvc: it gives a status and a body for each request. Gives its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answer(self)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_arguments: object) -> None:
            """Stay silent."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def _await(url: str, process: "subprocess.Popen[bytes]") -> None:
    def answers() -> bool:
        assert process.poll() is None, "the service has ended"
        try:
            client.version()
        except ServiceUnreachable:
            return False
        return True

    with Client(url) as client:
        until(answers, pause=0.1)
