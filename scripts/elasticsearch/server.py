"""One server below a watcher, which stops it as soon as nobody holds the other end of the watcher's pipe."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from jobsvc.embedded import EmbeddedUnavailable, watcher
from jobsvc.embedded.privileges import ServerUser, server_user
from scripts.elasticsearch.archive import fetch
from scripts.elasticsearch.errors import ElasticsearchUnavailable
from scripts.elasticsearch.java import find_java

START_LIMIT = 300.0  # seconds; 8 are usual, 60 were seen on a machine with too much to do
QUICK_START = "-XX:TieredStopAtLevel=1"
"""Compile fast rather than well: starts in half the time, and is slower under load."""

_HEAP = "-Xms512m -Xmx512m"
_SETTINGS = {
    "cluster.name": "jobsvc",
    "discovery.type": "single-node",
    "network.host": "127.0.0.1",
    "transport.port": "0",  # any free one, as that of HTTP: the server writes down which
    "node.portsfile": "true",
    "xpack.security.enabled": "false",
    # A full disk would make the indices read-only, and tests fail for no fault of theirs.
    "cluster.routing.allocation.disk.threshold_enabled": "false",
}
_UNWANTED = ("Xlog:gc", "HeapDump")  # options of the Java machine that only fill the disk
_SHOWN_LINES = 20
_ANSWER_LIMIT = 10.0  # seconds


@contextmanager
def running(directory: Path, java_options: str = "", port: int = 0) -> Iterator[str]:
    """The URL of a server of this process alone, stopped when the block or the process ends, however it ends.

    Arguments and exceptions are those of `start`; `port` is for who starts it again, and 0 is any free one.
    """
    owner_gone, alive = os.pipe()
    try:
        pid = _launch(directory, owner_gone, java_options, port)
    except BaseException:
        os.close(alive)
        raise
    finally:
        os.close(owner_gone)
    try:
        yield _await_answer(directory, pid)
    finally:
        os.close(alive)
        with suppress(ChildProcessError):  # it ended by itself
            os.waitpid(pid, 0)


def start(directory: Path, owner_gone: int, java_options: str = "") -> str:
    """Start a server with its data in `directory` (made if missing) and give its URL once it answers.

    Args:
        directory: where it keeps everything, in a private directory; its path has no blanks.
        owner_gone: the read end of a pipe: at its end of file the server is stopped.
        java_options: more options for the Java machine, such as `QUICK_START`.

    Raises `ElasticsearchUnavailable` if this machine lacks what it needs, and `RuntimeError`, with the last lines
    of its log, if it does not start.

    """
    return _await_answer(directory, _launch(directory, owner_gone, java_options))


def _launch(directory: Path, owner_gone: int, java_options: str, port: int = 0) -> int:
    java, home = find_java(), fetch()
    user = _user(directory)
    _prepare(directory, home, user)
    environment = {
        "ES_JAVA_HOME": java,
        "ES_JAVA_OPTS": f"{_HEAP} {java_options}",
        "ES_PATH_CONF": directory / "config",
        "ES_TMPDIR": directory / "tmp",
        "CLI_JAVA_OPTS": f"-Djava.io.tmpdir={directory / 'tmp'}",
    }
    words = [f"{name}={value}" for name, value in environment.items()]
    command = user.command("env", *words, home / "bin" / "elasticsearch", *_options(directory, port))
    return _watch(command, directory / "out", owner_gone)


def _user(directory: Path) -> ServerUser:
    try:
        return server_user(directory / "data")
    except EmbeddedUnavailable as error:
        raise ElasticsearchUnavailable("root cannot run Elasticsearch, nor another user in its place") from error


def _prepare(directory: Path, home: Path, user: ServerUser) -> None:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in ("config", "data", "logs", "tmp"):
        user.make_directory(directory / name)
    (directory / "logs" / "http.ports").unlink(missing_ok=True)
    config = directory / "config"
    (config / "elasticsearch.yml").touch()
    (config / "log4j2.properties").write_text((home / "config" / "log4j2.properties").read_text())
    options = (home / "config" / "jvm.options").read_text().splitlines()
    (config / "jvm.options").write_text("\n".join(option for option in options if not any(word in option for word in _UNWANTED)))


def _options(directory: Path, port: int) -> list[str]:
    settings = _SETTINGS | {"http.port": str(port), "path.data": str(directory / "data"), "path.logs": str(directory / "logs")}
    return [f"-E{name}={value}" for name, value in settings.items()]


def _watch(command: list[str], log: Path, owner_gone: int) -> int:
    """Run the command below the watcher that the embedded PostgreSQL has too; give the watcher's pid.

    No `subprocess.Popen`: a server of a test run outlives the test process that happened to start it.
    """
    written = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [
        (os.POSIX_SPAWN_DUP2, owner_gone, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), written, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    words = [sys.executable, "-I", "-S", watcher.__file__, *command]
    return os.posix_spawn(sys.executable, words, watcher.ENVIRONMENT, file_actions=actions, setsid=True)


def _await_answer(directory: Path, pid: int) -> str:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline and os.waitpid(pid, os.WNOHANG)[0] == 0:
        with suppress(OSError, HTTPException):
            address = (directory / "logs" / "http.ports").read_text().strip()
            if _is_healthy(address):
                return f"http://{address}"
        time.sleep(0.1)
    log = directory / "out"
    lines = log.read_text(errors="replace").splitlines()[-_SHOWN_LINES:]
    raise RuntimeError("\n  ".join([f"Elasticsearch did not start. The end of {log}:", *lines]))


def _is_healthy(address: str) -> bool:
    # `GET /` would be no sign: this distribution does not have it.
    with closing(HTTPConnection(address, timeout=_ANSWER_LIMIT)) as connection:
        connection.request("GET", "/_cluster/health?wait_for_status=yellow&timeout=1s")
        return connection.getresponse().status == HTTPStatus.OK
