"""Counts seconds down on standard output: a job to cancel, or to let run into its timeout.

Usage: countdown.py SECONDS. Writes no files. Exit codes: 0 the end is reached, 143 stopped by SIGTERM.
"""

import functools
import os
import signal
import sys
import time
from types import FrameType
from typing import NoReturn

STOPPED = 128 + signal.SIGTERM
say = functools.partial(print, flush=True)


def stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    """End at once, with a last line that says why."""
    # os.write: a signal may come while print holds the buffer of a stream, which cannot be entered twice.
    os.write(sys.stderr.fileno(), b"stopped by SIGTERM\n")
    sys.exit(STOPPED)


def main(seconds: int) -> int:
    """Say how many seconds are left, once a second; the exit code."""
    signal.signal(signal.SIGTERM, stop)
    for left in range(seconds, 0, -1):
        say(f"{left} s left")
        time.sleep(1)
    say("done")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
