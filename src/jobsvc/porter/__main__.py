"""`python -m jobsvc.porter fetch|ship LINK_FILE DIRECTORY`: the two containers of a pod that carry the files of its job.

Nothing but the standard library is imported before there is something to do: the porter of a job waits as long as that runs.
"""

import os
import signal
import sys
from pathlib import Path

from jobsvc.porter.waiting import read_link

FAILED = 1
TERMINATED = 128 + signal.SIGTERM
TERMINATION_LOG = Path("/dev/termination-log")
"""What is written there, the cluster says of the container's end."""


def main(words: list[str], last_words: Path = TERMINATION_LOG) -> int:
    """Do what the words say; the exit code is 0, or 1 with the problem in the file of last words."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(TERMINATED))
    kind, link_file, directory = words
    read_link(Path(link_file))
    # Not before there is a link, as above.
    from jobsvc.engines.carriage import write  # noqa: PLC0415
    from jobsvc.porter.fetching import fetch  # noqa: PLC0415
    from jobsvc.porter.shipping import ship  # noqa: PLC0415

    carry = {"fetch": fetch, "ship": ship}[kind]
    problem = carry(Path(link_file), Path(directory))
    if problem is None:
        return 0
    last_words.write_bytes(write(problem))
    return FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
