"""What processes use, as the kernel counts it."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
_HOUSEKEEPING = ("checkpointer", "background writer", "walwriter", "autovacuum", "logical replication", "io worker")
"""Processes of PostgreSQL that serve no statement."""


def used(pid: int) -> float:
    """CPU seconds of a process so far, all threads, to the nanosecond; 0 when it is gone."""
    total = 0
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    except OSError:
        return 0.0
    return total / 1e9


def children(pid: int) -> frozenset[int]:
    """The processes that a process has started."""
    try:
        return frozenset(int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    except OSError:
        return frozenset()


def used_with_children(pid: int, others: frozenset[int] = frozenset()) -> float:
    """The same for a PostgreSQL server: what serves statements, but for those of others, and what served them and is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    # Of processes that have ended it is not known whom they served.
    ended = 0 if others else (int(fields[13]) + int(fields[14])) / TICKS
    return ended + used(pid) + sum(used(child) for child in children(pid) - others if _serves(child, others))


def resident_mib(pid: int) -> float:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _serves(pid: int, others: frozenset[int]) -> bool:
    """Whether a process of PostgreSQL serves statements, and not those of others."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()
    except OSError:
        return False
    leader = words.rpartition("parallel worker for PID ")[2]
    return not any(name in words for name in _HOUSEKEEPING) and not (leader.isdigit() and int(leader) in others)
