"""A process with an EmbeddedPostgres that obeys one word a line and answers with one line of JSON."""

import json
import os
import signal
import sys
import time
from pathlib import Path

from jobsvc.embedded import EmbeddedPostgres


def fork_idle_child() -> None:
    """Leave a child behind that has all open files of this process, as `multiprocessing` may."""
    if os.fork() == 0:
        time.sleep(60)
        os._exit(0)


def main() -> None:
    """Obey until the input ends."""
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C does not end it: it has work to finish
    server = EmbeddedPostgres(Path(sys.argv[1]), durable=False)
    actions = {"start": server.start, "ensure": server.ensure, "fork": fork_idle_child}
    for line in sys.stdin:
        try:
            actions[line.strip()]()
            answer = {"owner": server.is_owner, "url": server.url}
        except RuntimeError as error:
            answer = {"error": str(error)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
