"""Docker's daemon, with storage and containers of its own and without a network, or with one of its own."""

import os
from pathlib import Path

from tests.parts.containers import answers
from tests.parts.daemons import Part, PartUnavailable, program, run_part, socket_in

_NO_NETWORK = ("--bridge=none", *(f"--{name}=false" for name in ("iptables", "ip6tables", "ip-forward", "ip-masq")))
"""They would be changes of the machine, which are not ours to make."""
_NETWORK_OF_ITS_OWN = ("--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")


def start(directory: Path, owner_gone: int, *, has_network: bool = False) -> Path:
    """Start the daemon with everything in `directory` and give its socket.

    With `has_network` the daemon lives in a network namespace of its own, where it may have bridges and packet filters;
    `directory / "dockerd.pid"` has the process to enter it by. Raises as `run_part` does.
    """
    if os.geteuid() != 0:
        raise PartUnavailable("only root can run containers here")
    dockerd = program("dockerd", "docker.io")
    socket = socket_in(directory, "docker.sock")
    settings = directory / "daemon.json"
    settings.write_text("{}")  # instead of the machine's own
    command = [
        *((program("unshare", "util-linux"), *_NETWORK_OF_ITS_OWN) if has_network else ()),
        dockerd,
        f"--config-file={settings}",
        f"--data-root={directory / 'data'}",
        f"--exec-root={directory / 'exec'}",
        f"--pidfile={directory / 'dockerd.pid'}",
        f"--host=unix://{socket}",
        *(() if has_network else _NO_NETWORK),
        "--shutdown-timeout=1",
    ]
    run_part(directory, Part({"dockerd": command}, socket=str(socket)), owner_gone, lambda: answers(socket))
    return socket
