"""Starts the jobs of one worker, each below a process that leaves nothing of it: a program of its own, for Linux.

It is run by its path and needs nothing but the standard library, so that it is small: for each job it forks, and a
fork of the worker, or a new interpreter, would cost many times as much. Its only argument is the descriptor of a socket.

    worker ── this program, the launcher ── a supervisor for each job ── the job's process ── its children ...

Launcher and supervisors are subreapers: what loses its parent becomes their child, whatever session, group or
environment it set itself, so that a supervisor knows its job by descent alone. Each byte on the socket comes with
three descriptors: the supervisor's end of a socket to the worker, and the job's two outputs. What the worker and a
supervisor say to each other is in `_Supervisor`. When the worker is gone, both see the end of their sockets.
"""

import contextlib
import ctypes
import errno
import gc
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from functools import cache
from itertools import chain, islice, repeat
from typing import Any, NamedTuple

LENGTH = struct.Struct(">I")
TERM, KILL = b"T", b"K"
_DESCRIPTORS = 3
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_OOM_SCORE = "500"
_RESCAN_SECONDS = (0.0, 0.002, 0.01, 0.05)
_MOST_RESCANS = 100


class _Process(NamedTuple):
    pid: int
    parent: int
    group: int
    is_zombie: bool


class _Wake:
    """Signals by a pipe that a child has ended, for `poll` to see it."""

    def __init__(self) -> None:
        self._read_end, self._write_end = os.pipe()
        for end in (self._read_end, self._write_end):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only to be noticed
        signal.set_wakeup_fd(self._write_end, warn_on_full_buffer=False)

    def fileno(self) -> int:
        return self._read_end

    def clear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while os.read(self._read_end, 512):
                pass

    def close(self) -> None:
        signal.set_wakeup_fd(-1)
        os.close(self._read_end)
        os.close(self._write_end)


class _Launcher:
    """Forks a supervisor for each request, and ends what one leaves that was killed itself."""

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._wake = _Wake()
        # Held until nothing is left of the job, also when its supervisor is gone: the worker waits for the end of it.
        self._controls: dict[int, int] = {}
        self._is_open = True

    def run(self) -> None:
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        poll.register(self._requests, select.POLLIN)
        while self._is_open or self._controls:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if self._requests.fileno() in ready and not self._take_request():
                poll.unregister(self._requests)
            if self._wake.fileno() in ready:
                self._wake.clear()
                self._reap()

    def _take_request(self) -> bool:
        data, descriptors, _, _ = socket.recv_fds(self._requests, 1, _DESCRIPTORS)
        if not data:
            self._is_open = False
            return False
        try:
            control, stdout, stderr = descriptors
            pid = os.fork()
        except (ValueError, OSError) as exc:  # too many descriptors, of which the first ones came, or processes
            if descriptors:
                _log_line(descriptors[0], "errno", getattr(exc, "errno", errno.EMFILE))
            for descriptor in descriptors:
                os.close(descriptor)
            return True
        if not pid:
            self._become_supervisor(control, stdout, stderr)
        self._controls[pid] = control
        os.close(stdout)
        os.close(stderr)
        return True

    def _become_supervisor(self, control: int, stdout: int, stderr: int) -> None:
        status = 1
        try:
            self._wake.close()
            self._requests.close()
            for other in self._controls.values():
                os.close(other)
            _Supervisor(socket.socket(fileno=control)).run(stdout, stderr)
            status = 0
        except BaseException:  # noqa: BLE001 (whatever it is, this is not the launcher any more)
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(status)

    def _reap(self) -> None:
        ended = dict(_reaped())
        supervisors = self._controls.keys() & ended.keys()
        if any(ended[pid] for pid in supervisors):
            living = self._controls.keys() - supervisors
            for pause in islice(_pauses(), _MOST_RESCANS):
                if not _signal_descendants(signal.SIGKILL, living):
                    break
                select.select([], [], [], pause)
                ended |= dict(_reaped())
        for pid in self._controls.keys() & ended.keys():
            os.close(self._controls.pop(pid))


class _Supervisor:
    """Runs one job and reports to the worker, in a line of JSON for each event.

    `{"pid": n}` or `{"errno": n}` when it was started or could not be (the launcher says so when it cannot fork),
    `{"exit": n}` when its process has ended, negative for a signal, and when nothing is left `{"cpu": n}` and
    `{"memory": n}`: the milliseconds of all processes that were waited for, and the most KiB that one of them had; then the
    end of the socket.
    The worker sends the length and the JSON of what to run, and then TERM, which goes to all processes of the job, or
    KILL. When its process ends by itself, or the worker does, all that is left is killed.
    """

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._wake = _Wake()
        self._main = 0
        self._is_stopping = False
        self._is_killing = False

    def run(self, stdout: int, stderr: int) -> None:
        _become_subreaper()
        try:
            for descriptor in (self._control.fileno(), stdout, stderr):
                os.set_inheritable(descriptor, False)  # noqa: FBT003 (it takes no keywords)
            self._start(self._read_request(), stdout, stderr)
        except OSError as exc:
            self._log_line("errno", exc.errno or 0)
            return
        except EOFError:
            return
        os.close(stdout)
        os.close(stderr)
        self._log_line("pid", self._main)
        self._stand_by()
        # Orphans of the job are this process's own children, so that nobody is left out.
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        self._log_line("cpu", round((used.ru_utime + used.ru_stime) * 1000))
        self._log_line("memory", used.ru_maxrss)

    def _read_request(self) -> dict[str, Any]:
        (length,) = LENGTH.unpack(self._read(LENGTH.size))
        request: dict[str, Any] = json.loads(self._read(length))
        return request

    def _read(self, length: int) -> bytes:
        data = bytearray()
        while len(data) < length:
            chunk = self._control.recv(length - len(data))
            if not chunk:
                raise EOFError
            data += chunk
        return bytes(data)

    def _start(self, request: dict[str, Any], stdout: int, stderr: int) -> None:
        os.chdir(request["directory"])
        self._main = (_spawn if request["user"] is None else _fork_as)(request, stdout, stderr)

    def _stand_by(self) -> None:
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        poll.register(self._control, select.POLLIN)
        pauses = _pauses()
        while self._reap():
            pause = None
            if self._is_killing:
                _signal_descendants(signal.SIGKILL)
                pause = next(pauses) * 1000
            ready = {descriptor for descriptor, _ in poll.poll(pause)}
            self._wake.clear()
            if self._control.fileno() in ready and not self._obey():
                poll.unregister(self._control)

    def _obey(self) -> bool:
        """Do what the worker says; False when it is gone."""
        orders = b""
        with contextlib.suppress(ConnectionError):
            orders = self._control.recv(16)
        if not orders or KILL in orders:
            self._is_killing = True
        elif not self._is_stopping:
            self._is_stopping = True
            self._terminate()
        return bool(orders)

    def _terminate(self) -> None:
        # The group at once, as its members may be about to fork; the others one by one, and nobody twice.
        if self._main:
            with contextlib.suppress(OSError):
                os.killpg(self._main, signal.SIGTERM)
        _signal_descendants(signal.SIGTERM, group_excepted=self._main)

    def _reap(self) -> bool:
        """Whether anything is left."""
        for pid, status in _reaped():
            if pid == self._main:
                self._main = 0
                self._log_line("exit", status)
                # A job that was asked to stop may go on to clean up without its first process.
                self._is_killing = self._is_killing or not self._is_stopping
        with contextlib.suppress(ChildProcessError):
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            return True
        return False

    def _log_line(self, what: str, number: int) -> None:
        _log_line(self._control.fileno(), what, number)


def _log_line(control: int, what: str, number: int) -> None:
    with contextlib.suppress(OSError):  # the worker is gone
        os.write(control, json.dumps({what: number}).encode() + b"\n")  # so short that it is taken as a whole


def _take_on_limits(limits: dict[str, int]) -> None:
    """Take on what the job inherits: no new rights, first to be killed when memory is short, and these limits."""
    _prctl()(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    os.umask(0o077)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123
        file.write(_OOM_SCORE)
    for name, most in limits.items():
        number = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(number)[1]
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(number, (least, least))


def _spawn(request: dict[str, Any], stdout: int, stderr: int) -> int:
    _take_on_limits(request["limits"])
    # Not `subprocess`, which would touch so much memory that it takes three times as long.
    ends = [(os.POSIX_SPAWN_DUP2, stdout, 1), (os.POSIX_SPAWN_DUP2, stderr, 2)]
    actions = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), *ends]
    ignored = [signal.SIGPIPE, signal.SIGXFSZ]  # by Python
    options: dict[str, Any] = {"file_actions": actions, "setsid": True, "setsigdef": ignored}
    return _at_first_path(request, lambda path: os.posix_spawn(path, request["command"], request["environment"], **options))


def _fork_as(request: dict[str, Any], stdout: int, stderr: int) -> int:
    """Start the job as another user, who cannot touch this process; its id. OSError when it cannot be started."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            _exec_as(request["user"], request, stdout, stderr)
        except OSError as exc:
            os.write(write_end, str(exc.errno or 0).encode())
        finally:
            os._exit(127)
    os.close(write_end)
    with open(read_end, "rb") as said:  # noqa: PTH123
        number = said.read()
    if number:
        os.waitpid(pid, 0)
        raise OSError(int(number), os.strerror(int(number)))
    return pid


def _exec_as(user: int, request: dict[str, Any], stdout: int, stderr: int) -> None:
    os.setsid()
    for source, target in ((os.open(os.devnull, os.O_RDONLY), 0), (stdout, 1), (stderr, 2)):
        os.dup2(source, target)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    _take_on_limits(request["limits"])
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    # Looked up as the user: what is in a directory that it may not enter is not there for it.
    _at_first_path(request, lambda path: os.execve(path, request["command"], request["environment"]))  # noqa: S606


def _at_first_path(request: dict[str, Any], begin: Callable[[str], int]) -> int:
    """Begin the command at the first path where that is possible; OSError of one where something is, if there is one."""
    problem: OSError = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    for path in _candidates(request["command"][0], request["environment"]):
        try:
            return begin(path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as refused:
            problem = refused
    raise problem


def _candidates(command: str, environment: dict[str, str]) -> list[str]:
    """Where the command may lie, as a shell would look for it."""
    if "/" in command:
        return [command]
    directories = environment.get("PATH", os.defpath).split(os.pathsep)
    return [path for path in (os.path.join(directory, command) for directory in directories) if os.path.exists(path)]  # noqa: PTH118, PTH110


def _reaped() -> Iterator[tuple[int, int]]:
    """Children that have ended, and how: exit codes, negative for signals."""
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            yield ended[0], os.waitstatus_to_exitcode(ended[1])


def _signal_descendants(number: int, excepted: AbstractSet[int] = frozenset(), group_excepted: int = 0) -> bool:
    """Signal every descendant of this process but those, and theirs; whether there was one."""
    children: dict[int, list[_Process]] = {}
    for process in _processes():
        children.setdefault(process.parent, []).append(process)
    waiting, is_any = [os.getpid()], False
    while waiting:
        for process in children.get(waiting.pop(), ()):
            if process.pid in excepted:
                continue
            waiting.append(process.pid)
            if not process.is_zombie and (not group_excepted or process.group != group_excepted):
                is_any = True
                with contextlib.suppress(OSError):
                    os.kill(process.pid, number)
    return is_any


def _processes() -> Iterator[_Process]:
    for name in os.listdir("/proc"):  # noqa: PTH208 (pathlib would take as long to import as all the rest)
        if name.isdecimal():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
                stat = file.read()
                # The second field is the program's name in parentheses, and may hold anything.
                state, parent, group = stat[stat.rindex(b")") + 2 :].split(None, 3)[:3]
                yield _Process(int(name), int(parent), int(group), state in {b"Z", b"X"})


def _pauses() -> Iterator[float]:
    """Seconds before the next look, when one was not enough."""
    return chain(_RESCAN_SECONDS, repeat(_RESCAN_SECONDS[-1]))


@cache
def _prctl() -> Any:
    # Looked up when it is needed, for the worker imports this module on every system.
    return ctypes.CDLL(None, use_errno=True).prctl


def _become_subreaper() -> None:
    """Let all descendants that lose their parent become children of this process."""
    if _prctl()(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def main() -> None:
    """Serve the socket of the argument until it ends and all jobs are gone."""
    _become_subreaper()
    gc.collect()
    gc.freeze()  # so that forks share what they can
    _Launcher(socket.socket(fileno=int(sys.argv[1]))).run()


if __name__ == "__main__":
    main()
