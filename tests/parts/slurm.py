"""A Slurm cluster of three nodes on this machine: a controller and three daemons that each take themselves for a node."""

import contextlib
import getpass
import secrets
import subprocess
from pathlib import Path

from tests.parts.daemons import PATH, Part, PartFailed, program, run_part, socket_in
from tests.parts.ports import free_ports

NODES = ("n1", "n2", "n3")
_STARTS = 3
_PROGRAMS = ("sbatch", "squeue", "sinfo", "scancel", "scontrol")

_CONF = """
ClusterName=jobsvc
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/none
CredType=cred/none
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation={directory}/state
SlurmdSpoolDir={directory}/spool/%n
SlurmctldPidFile={directory}/slurmctld.pid
SlurmdPidFile={directory}/slurmd.%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
# Without cgroups: looks each second, and kills what has more memory than it asked for.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
JobCompType=jobcomp/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=100
# Looks for work at once, and not each minute.
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,sched_interval=1,bf_interval=1
KillWait=2
ReturnToService=2
SlurmctldTimeout=30
SlurmdTimeout=30
MinJobAge=300
SlurmdParameters=config_overrides
GresTypes=gpu
"""
# Any device will do for a GPU: nothing uses it.
_GPU = "NodeName=n1 Name=gpu File=/dev/null\n"
_TOKENS = "AuthAltTypes=auth/jwt\nAuthAltParameters=jwt_key={key}\n"
_NODE = "NodeName={name} NodeHostname=localhost NodeAddr=127.0.0.1 Port={port} CPUs=4 RealMemory=4000{more} State=UNKNOWN\n"
_PARTITION = "PartitionName=main Nodes=n[1-3] Default=YES MaxTime=INFINITE State=UP\n"


def has_tokens() -> bool:
    """Whether Slurm can let in who has a token, as the REST service wants it."""
    return any(Path("/usr/lib").glob("*/slurm*/auth_jwt.so"))


def token(conf: Path, seconds: int = 3600) -> str:
    """A token of the user of this process for the cluster of a `slurm.conf`."""
    command = ["scontrol", "token", f"lifespan={seconds}"]
    made = subprocess.run(command, env={"PATH": PATH, "SLURM_CONF": str(conf)}, capture_output=True, text=True, check=True)
    return made.stdout.strip().removeprefix("SLURM_JWT=")


def start(directory: Path, owner_gone: int) -> Path:
    """Start the cluster with everything in `directory` and give its `slurm.conf`. Raises as `run_part` does."""
    controller, daemon = program("slurmctld", "slurm-wlm"), program("slurmd", "slurm-wlm")
    for name in _PROGRAMS:
        program(name, "slurm-wlm")
    socket_in(directory, "spool/n1/n1_100000.4294967291")  # that of a step: with too long a path a job never ends
    for _ in range(_STARTS - 1):
        with contextlib.suppress(PartFailed):  # a port may have been taken just now
            return _start(directory, controller, daemon, owner_gone)
    return _start(directory, controller, daemon, owner_gone)


def _start(directory: Path, controller: str, daemon: str, owner_gone: int) -> Path:
    directory.mkdir(mode=0o711, exist_ok=True)  # a start that failed has removed it
    conf = directory / "slurm.conf"
    _configure(directory, conf)
    daemons = {"slurmctld": [controller, "-D"]} | {name: [daemon, "-D", "-N", name] for name in NODES}
    run_part(directory, Part(daemons, {"SLURM_CONF": str(conf)}), owner_gone, lambda: _is_ready(conf))
    return conf


def _configure(directory: Path, conf: Path) -> None:
    (directory / "state").mkdir()
    (directory / "spool").mkdir()
    alternative = ""
    if has_tokens():
        key = directory / "jwt_hs256.key"
        key.touch(mode=0o600)
        key.write_bytes(secrets.token_bytes(32))
        alternative = _TOKENS.format(key=key)
    port, *ports = free_ports(1 + len(NODES))
    (directory / "gres.conf").write_text(_GPU)
    more = {NODES[0]: " Gres=gpu:1"}
    nodes = "".join(_NODE.format(name=n, port=at, more=more.get(n, "")) for n, at in zip(NODES, ports, strict=True))
    conf.write_text(_CONF.format(directory=directory, user=getpass.getuser(), port=port) + alternative + nodes + _PARTITION)


def _is_ready(conf: Path) -> bool:
    """Whether all nodes wait for work."""
    command = ["sinfo", "--noheader", "--Node", "--format=%T"]
    environment = {"PATH": PATH, "SLURM_CONF": str(conf)}
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=30)
    return shown.stdout.split() == ["idle"] * len(NODES)
