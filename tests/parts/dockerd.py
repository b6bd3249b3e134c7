"""Docker's daemon, with storage and containers of its own and without a network."""

import os
from pathlib import Path

from tests.parts.containers import answers
from tests.parts.daemons import Part, PartUnavailable, program, run_part, socket_in


def start(directory: Path, owner_gone: int) -> Path:
    """Start the daemon with everything in `directory` and give its socket. Raises as `run_part` does."""
    if os.geteuid() != 0:
        raise PartUnavailable("only root can run containers here")
    dockerd = program("dockerd", "docker.io")
    socket = socket_in(directory, "docker.sock")
    settings = directory / "daemon.json"
    settings.write_text("{}")  # instead of the machine's own
    command = [
        dockerd,
        f"--config-file={settings}",
        f"--data-root={directory / 'data'}",
        f"--exec-root={directory / 'exec'}",
        f"--pidfile={directory / 'dockerd.pid'}",
        f"--host=unix://{socket}",
        "--bridge=none",
        *(f"--{name}=false" for name in ("iptables", "ip6tables", "ip-forward", "ip-masq")),  # the machine's, not ours
        "--shutdown-timeout=1",
    ]
    run_part(directory, Part({"dockerd": command}, socket=str(socket)), owner_gone, lambda: answers(socket))
    return socket
