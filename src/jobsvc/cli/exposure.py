"""What a service that strangers can reach must not do: run commands for whoever asks, or without a wall around them."""

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from jobsvc.settings import Settings

LOOPBACK = "localhost"
_NO_TOKENS = (
    "refusing to listen on {host} without tokens: whoever reaches the port could run commands here.\n"
    "Make one with `jobsvc token NAME` and set JOBSVC_TOKENS, or leave JOBSVC_HOST at 127.0.0.1."
)
_NO_WALL = (
    "refusing the engine subprocess for a service that {why}: it is no wall, and jobs of others could read "
    "and change what this host has.\nSet JOBSVC_ENGINES to docker or slurm, or JOBSVC_ALLOW_SUBPROCESS=1 where that is "
    "as it should be, for example in a container or a virtual machine of its own (docs/engines.md)."
)


def listening_problem(settings: "Settings") -> str:
    """Why a service must not listen as these settings say; empty when it may."""
    if is_loopback(settings.host):
        return ""
    if not settings.needs_credentials:
        return _NO_TOKENS.format(host=settings.host)
    return _wall_problem(settings, f"listens on {settings.host}, beyond this machine")


def working_problem(settings: "Settings") -> str:
    """Why a worker must not work as these settings say; empty when it may.

    It cannot see where the API of its database listens: a database that others reach says that the service is not for
    this machine alone.
    """
    if not is_loopback(settings.host):
        return _wall_problem(settings, f"listens on {settings.host}, beyond this machine")
    for url in (settings.database_url, settings.database_direct_url):
        if remote := remote_hosts(url):
            return _wall_problem(settings, f"has its database on {remote}, beyond this machine")
    return ""


def remote_hosts(url: str | None) -> str:
    """The hosts of a database's URL when one of them is another machine; empty otherwise, as for sockets of this one."""
    parts = urlsplit(url or "")
    place = parts.netloc.rpartition("@")[2]
    hosts = [*place.split(","), *(host for item in parse_qs(parts.query).get("host", []) for host in item.split(","))]
    names = [_without_port(host) for host in hosts]
    return ",".join(name for name in names if name and not name.startswith(("/", "%2F", "%2f")) and not is_loopback(name))


def is_loopback(host: str) -> bool:
    """Whether nobody beyond this machine reaches this address, or the name `localhost`."""
    try:
        return host.lower() == LOOPBACK or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0] if host.count(":") == 1 else host


def _wall_problem(settings: "Settings", why: str) -> str:
    if settings.allow_subprocess or "subprocess" not in {entry.partition(":")[0] for entry in settings.engines}:
        return ""
    return _NO_WALL.format(why=why)
