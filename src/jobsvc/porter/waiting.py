"""Waits for what a worker says: the link in an annotation of the pod, which the cluster shows as a file."""

import time
from pathlib import Path

POLL_SECONDS = 0.5


def read_link(file: Path) -> str:
    """The link that is in a file by now; waits until there is one, since the end of a pod is the cluster's business."""
    while not (link := file.read_text(encoding="ascii").strip()):
        time.sleep(POLL_SECONDS)
    return link
