"""The variables of a job's process: which names are free, and how much text Linux lets through to a process."""

import json
from collections.abc import Iterable, Mapping, Sequence

from pydantic import JsonValue

MOST_TEXT_BYTES = 2**17 - 1
"""Of one `NAME=value`, and of one word of a command, without the mark of its end (MAX_ARG_STRLEN of Linux)."""
MOST_ALL_BYTES = 3 * 2**19
"""Of everything that users choose: three quarters of what Linux takes as a rule, for paths come on top of it."""
_END_AND_POINTER = 9  # bytes that each of these texts costs beside its own

_TAKEN = frozenset({
    # What the service sets.
    "PATH", "HOME", "TMPDIR", "LANG", "OUTPUT_DIR", "INPUT_METADATA",
    # What shells and interpreters read before they do anything for the job, or overwrite.
    "BASH_ENV", "BASHOPTS", "EUID", "GLIBC_TUNABLES", "IFS", "OLDPWD", "PPID", "PWD", "PYTHONHOME", "SHELLOPTS", "SHLVL", "UID",
})  # fmt: skip
_TAKEN_FAMILIES = ("ALLOCATED_", "SCALE_", "JOBSVC_", "LD_", "DYLD_")


class TooLong(Exception):
    """A value cannot be passed to a process: what it is called by the caller, and why as the end of a sentence."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place} {reason}")
        self.place = place
        self.reason = reason


def environment_name(name: str) -> str:
    """The environment variable of an input, a setting, a mount or a resource: upper case, underscores for hyphens."""
    return name.upper().replace("-", "_")


def is_taken(variable: str) -> bool:
    """Whether a variable has a meaning for the service, the loader or the shells, so that a manifest may not use it."""
    return variable in _TAKEN or variable.startswith(_TAKEN_FAMILIES)


def clash(names: Iterable[str]) -> str | None:
    """The first variable that these inputs, settings and mounts may not have, or would have to share."""
    seen: set[str] = set()
    for variable in map(environment_name, names):
        if variable in seen or is_taken(variable):
            return variable
        seen.add(variable)
    return None


def text_of(value: JsonValue) -> str:
    """A JSON value as the text of its variable: strings as they are, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def check_texts(texts: Mapping[str, tuple[str, str]], words: Sequence[str] = ()) -> None:
    """Raise TooLong when these variables, and the words of a command, are more than a process can be started with.

    `texts` are name and value of each variable by the place that they come from. Of all of them together the
    largest is to blame.
    """
    sizes = {place: _size(f"{environment_name(name)}={value}") for place, (name, value) in texts.items()}
    for place, size in sizes.items():
        if size > MOST_TEXT_BYTES:
            raise TooLong(place, f"is {size} bytes long as a variable; the system passes {MOST_TEXT_BYTES} to a process at most")
    largest = max(sizes, key=lambda place: sizes[place], default="the command")
    word = max(map(_size, words), default=0)
    if word > MOST_TEXT_BYTES:
        reason = f"makes a word of the command {word} bytes long; the system passes {MOST_TEXT_BYTES} to a process at most"
        raise TooLong(largest, reason)
    total = sum(size + _END_AND_POINTER for size in (*sizes.values(), *map(_size, words)))
    if total > MOST_ALL_BYTES:
        reason = f"makes all variables and the command {total} bytes long together; {MOST_ALL_BYTES} can be passed to a process"
        raise TooLong(largest, reason)


def _size(text: str) -> int:
    return len(text.encode(errors="surrogateescape"))
