"""What a Seed manifest keeps to beyond its schema: names that differ, outputs within their directory."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from jobsvc.domain.command import expand_command
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.variables import TooLong, check_texts, environment_name, is_taken

Entry = tuple[str, str]
"""Where a name stands in the manifest, and the name."""

_JOB = "manifest.job"
_INTERFACE = f"{_JOB}.interface"


def check_rules(manifest: dict[str, Any]) -> None:
    """InvalidRequest naming the member when a manifest that fits the schema breaks one of the other rules."""
    job: dict[str, Any] = manifest["job"]
    interface: dict[str, Any] = job.get("interface", {})
    outputs = interface.get("outputs", {})
    _refuse_repeats(_names(interface.get("mounts", ()), f"{_INTERFACE}.mounts"), "as a mount")
    _refuse_repeats(_allocations(job), "as an environment variable")
    _refuse_taken(_variables(interface))
    _refuse_repeats(_variables(interface), "as an environment variable")
    _refuse_repeats(_in_both(outputs, f"{_INTERFACE}.outputs"), "as an output")
    _refuse_repeats(_names(job.get("errors", ()), f"{_JOB}.errors"), "as an error")
    _check_patterns(outputs.get("files", ()))
    _check_command(interface.get("command", ""))


def _allocations(job: dict[str, Any]) -> Iterator[Entry]:
    resources = job.get("resources", {}).get("scalar", ())
    for where, name in _names(resources, f"{_JOB}.resources.scalar"):
        yield where, environment_name(f"ALLOCATED_{name}")


def _variables(interface: dict[str, Any]) -> Iterator[Entry]:
    settings = _names(interface.get("settings", ()), f"{_INTERFACE}.settings")
    mounts = _names(interface.get("mounts", ()), f"{_INTERFACE}.mounts")
    for where, name in chain(settings, _in_both(interface.get("inputs", {}), f"{_INTERFACE}.inputs"), mounts):
        yield where, environment_name(name)


def _in_both(section: dict[str, Any], where: str) -> Iterator[Entry]:
    for kind in ("files", "json"):
        yield from _names(section.get(kind, ()), f"{where}.{kind}")


def _names(items: Sequence[dict[str, Any]], where: str) -> Iterator[Entry]:
    for index, item in enumerate(items):
        yield f"{where}[{index}].name", item["name"]


def _refuse_repeats(entries: Iterable[Entry], kind: str) -> None:
    seen: set[str] = set()
    for where, name in entries:
        if name in seen:
            raise InvalidRequest(f"{where}: {name} is already used {kind}")
        seen.add(name)


def _refuse_taken(entries: Iterable[Entry]) -> None:
    for where, name in entries:
        if is_taken(name):
            raise InvalidRequest(f"{where}: {name} is reserved: the service or the system uses this variable")


def _check_patterns(files: Sequence[dict[str, Any]]) -> None:
    for index, file in enumerate(files):
        pattern: str = file["pattern"]
        if pattern.startswith("/") or ".." in pattern.split("/"):
            raise InvalidRequest(f"{_INTERFACE}.outputs.files[{index}].pattern: must stay inside the output directory")


def _check_command(command: str) -> None:
    try:
        check_texts({}, expand_command(command, {}))
    except ValueError as error:
        raise InvalidRequest(f"{_INTERFACE}.command: {error}") from None
    except TooLong as error:
        raise InvalidRequest(f"{_INTERFACE}.command: {error.reason}") from None
