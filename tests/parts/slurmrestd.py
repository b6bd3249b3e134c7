"""The REST service of a cluster that runs, on a socket: whoever has a token is let in, and jobs are those of its user."""

import os
import shutil
from pathlib import Path

from tests.parts import slurm
from tests.parts.daemons import Part, PartUnavailable, is_listening, program, run_part, socket_in

API = "v0.0.38"
"""The newest of Slurm 22.05. All of them at once would want a database for accounting."""
USER = "slurm"
"""It refuses to run as root; the packages of Slurm make this user."""


def start(directory: Path, owner_gone: int, conf: Path) -> Path:
    """Start the service for the cluster of a `slurm.conf` and give its socket. Raises as `run_part` does."""
    daemon = program("slurmrestd", "slurmrestd")
    if not slurm.has_tokens():
        raise PartUnavailable("Slurm takes no tokens here (apt-get install slurm-wlm-jwt-plugin)")
    socket = socket_in(directory, "slurmrestd.sock")
    as_user = []
    if os.geteuid() == 0:
        shutil.chown(directory, USER, USER)
        as_user = ["-u", USER, "-g", USER]
    command = [daemon, "-f", str(conf), *as_user, "-s", f"openapi/{API}", "-a", "rest_auth/jwt", f"unix:{socket}"]
    part = Part({"slurmrestd": command}, {"SLURM_CONF": str(conf), "SLURM_JWT": "daemon"})
    run_part(directory, part, owner_gone, lambda: is_listening(socket))
    return socket
