"""Runs tests again and again in processes that have everything imported but the service and the tests themselves.

Arguments: those of pytest. For each number of seconds that comes on standard input it forks, and says how the tests ended:
`killed`, `survived` or `timeout`.
"""

import importlib
import os
import signal
import sys
import time

import pytest


def main(arguments: list[str]) -> None:
    """Answer until the input ends."""
    importlib.import_module("tests.conftest")
    for name in [name for name in sys.modules if name.partition(".")[0] in {"jobsvc", "tests"}]:
        del sys.modules[name]
    for line in sys.stdin:
        print(_answer(arguments, float(line)), flush=True)


def _answer(arguments: list[str], seconds: float) -> str:
    child = os.fork()
    if child == 0:
        _test(arguments)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return "survived" if status == 0 else "killed"
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "timeout"


def _test(arguments: list[str]) -> None:
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(1, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    # Plugins are imported already, by what is imported for all.
    os._exit(pytest.main(["-W", "ignore:Module already imported", *arguments]))


if __name__ == "__main__":
    main(sys.argv[1:])
