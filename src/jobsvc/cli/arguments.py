"""Reads what commands are given: NAME=VALUE, TYPE:VERSION, ids, JSON files."""

import json
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

from jobsvc.cli.codes import UsageProblem
from jobsvc.client.models import Json

STDIN = "-"


def pair(text: str, option: str) -> tuple[str, str]:
    """NAME and VALUE of `NAME=VALUE`."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise UsageProblem(f"{option} {text}: must be NAME=VALUE")
    return name, value


def json_value(text: str) -> object:
    """The value of a JSON text, or the text itself when it is none."""
    try:
        return json.loads(text, parse_constant=_not_json)
    except ValueError:
        return text


def read_json(text: bytes) -> object:
    """The value of a JSON text; ValueError for what is none, numbers that are none included."""
    return json.loads(text, parse_constant=_not_json)


def type_reference(text: str) -> tuple[str, str | None]:
    """Name and version of `NAME`, `NAME:VERSION` or `NAME@VERSION`."""
    name, separator, version = re.fullmatch(r"([^:@]*)([:@]?)(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    if not name or (separator and not version):
        raise UsageProblem(f"{text}: must be the name of a job type, or NAME:VERSION")
    return name, version or None


def json_object(path: Path) -> Json:
    """The JSON object in a file."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as exc:
        raise UsageProblem(f"{path} is not JSON: {exc}") from exc
    if not isinstance(document, dict):
        raise UsageProblem(f"{path}: must hold a JSON object")
    return document


def job_ids(provided: Sequence[str]) -> list[int]:
    """Ids of jobs as they were given, each once; from standard input for `-`, and for nothing at all in a pipe."""
    words: Iterable[str] = provided
    if list(provided) == [STDIN] or (not provided and not sys.stdin.isatty()):
        words = sys.stdin.read().split()
    ids = list(dict.fromkeys(_job_id(word) for word in words))
    if not ids:
        raise UsageProblem("no job ids, neither as arguments nor on standard input")
    return ids


def _job_id(word: str) -> int:
    if not (word.isascii() and word.isdigit()):
        raise UsageProblem(f"{word}: must be the id of a job")
    return int(word)


def _not_json(name: str) -> NoReturn:
    raise ValueError(name)
