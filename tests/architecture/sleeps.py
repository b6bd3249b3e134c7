"""Finds where tests sleep, and says where they may."""

import ast
from collections.abc import Iterator

FAULT = "the fault lasts that long"
STORM = "the pace at which a fault is repeated"
PACED = "the pace of who sends or writes"
MOMENT = "a signal comes at this moment, whatever has happened by then"

ALLOWED = {
    "tests/waiting.py::eventually": "waits for all others",
    "tests/waiting.py::until": "waits for all others",
    "tests/cluster/test_service.py::ask": "what the answer asks for",
    "tests/cluster/test_service.py::ask_until": PACED,
    "tests/cluster/way.py::_look": "how late nodes hear of what the cluster has decided",
    "tests/cli/test_logs.py::test_following_waits_for_a_job_that_is_queued": "only the service, another process, sees who looks",
    "tests/contracts/engine_end_contract.py::test_a_stop_around_the_start_is_not_lost": MOMENT,
    "tests/contracts/engine_remote_contract.py::test_an_engine_that_is_away_is_waited_for": FAULT,
    "tests/contracts/log_store_contract.py::_write_slowly": PACED,
    "tests/contracts/test_engines.py::write": "an engine does not show that it has read of the end of a process",
    "tests/db/test_strange_defaults.py::test_the_moment_of_a_backup_lasts_and_a_restored_one_is_analyzed": "idle for too long",
    "tests/embedded/process.py::fork_idle_child": "a process that only has to be there, until it is killed",
    "tests/engines/test_collecting.py::slowly": "makes slow what is otherwise too quick to be interrupted",
    "tests/faults/test_database.py::go_on": STORM,
    "tests/faults/test_database.py::test_a_database_that_says_no": FAULT,
    "tests/faults/test_full_disk.py::test_a_disk_that_is_full_for_a_while": STORM,
    "tests/faults/test_kubernetes_kill.py::test_every_job_completes_once_whoever_dies": MOMENT,
    "tests/faults/test_soak.py::disturb": MOMENT,
    "tests/faults/test_remote_kill.py::test_every_job_runs_once_whoever_dies": MOMENT,
    "tests/faults/test_no_processes.py::test_a_worker_without_descriptors": FAULT,
    "tests/faults/test_stopped.py::test_a_process_that_stands_still": FAULT,
    "tests/image/test_image.py::test_a_signal_while_it_starts_is_not_lost": MOMENT,
    "tests/parts/watcher.py::_await_end": "a process of its own that may import nothing of the tests",
    "tests/refusing.py::go_on": STORM,
    "tests/server/test_limits.py::_trickle": PACED,
    "tests/stack/test_signals.py::test_a_signal_during_the_start": MOMENT,
    "tests/stack/test_signals.py::test_the_first_process_takes_a_signal_that_was_blocked_until_it_could": MOMENT,
    "tests/worker/test_refusing_database.py::test_jobs_run_once_whatever_is_broken_off": f"{FAULT}; {STORM}",
}
"""By file and function, why it sleeps although it waits for nothing, or for what cannot be seen."""


def sleeps_in(source: str) -> list[tuple[int, str]]:
    """Line and innermost function of whatever sleeps, or is given on to sleep; `sleep(0)` only lets others go on."""
    tree = ast.parse(source)
    names = {"sleep"} | {
        alias.asname
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name == "sleep" and alias.asname
    }
    return sorted(_sleeps(tree, "", names))


def _sleeps(node: ast.AST, function: str, names: set[str]) -> Iterator[tuple[int, str]]:
    match node:
        case ast.Call(func=called, args=[ast.Constant(value=0)], keywords=[]) if _is_sleep(called, names):
            return
        case ast.Attribute() | ast.Name() if _is_sleep(node, names):
            yield node.lineno, function
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            function = name
        case _:
            pass
    for child in ast.iter_child_nodes(node):
        yield from _sleeps(child, function, names)


def _is_sleep(node: ast.AST, names: set[str]) -> bool:
    match node:
        case ast.Attribute(attr="sleep", ctx=ast.Load()):
            return True
        case ast.Name(id=name, ctx=ast.Load()):
            return name in names
        case _:
            return False
