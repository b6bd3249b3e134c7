"""Reads JSON texts as everybody does who reads them: what two readers could understand in different ways is refused."""

import json
from collections.abc import Iterable
from typing import Any

import orjson

from jobsvc.domain.limits import MAX_DEPTH


def parse_json(text: bytes) -> Any:
    """What a JSON text in UTF-8 says; ValueError that says why it is none.

    The first parser knows neither NaN nor halves of surrogates, the second one large integers and repeated names.
    """
    try:
        shallow = orjson.loads(text)
    except orjson.JSONDecodeError as exc:
        if exc.msg.startswith("depth limit"):
            raise ValueError(too_deep(MAX_DEPTH)) from None
        raise
    if is_deeper(shallow, MAX_DEPTH):
        raise ValueError(too_deep(MAX_DEPTH))
    return json.loads(text, object_pairs_hook=_unique)


def is_deeper(document: object, levels: int) -> bool:
    """Whether objects and arrays lie in each other in more levels than these; a number or a text has none."""
    # A loop and no recursion: whoever wrote the document chose how deep it is.
    level = _containers([document])
    for _ in range(levels):
        level = _containers(inner for value in level for inner in (value.values() if isinstance(value, dict) else value))
    return bool(level)


def too_deep(levels: int) -> str:
    """What is wrong with a document that `is_deeper`."""
    return f"nested deeper than {levels} levels"


def _containers(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if isinstance(value, dict | list)]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a name occurs twice in one object")
    return members
