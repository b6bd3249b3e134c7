"""Reads the JSON documents of a request; what is wrong becomes an InvalidRequest naming the member."""

import math
import re
from collections.abc import Iterable
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.json_types import JsonObject

# PostgreSQL's jsonb refuses both, and neither can be passed to a process as a variable or an argument.
_UNSTORABLE_TEXT = re.compile("[\x00\ud800-\udfff]")

_ModelT = TypeVar("_ModelT", bound=BaseModel)


class StrictModel(BaseModel):
    """A part of a document that has no members but those that it declares."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def location(where: str, path: Iterable[str | int]) -> str:
    """The member at `path` below `where`, as in `manifest.job.errors[0].name`."""
    return where + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)


def read_object(document: object, where: str) -> JsonObject:
    """`document` itself when it is a JSON object that can be stored, else InvalidRequest."""
    if not isinstance(document, dict):
        raise InvalidRequest(f"{where}: must be an object")
    _refuse_unstorable(document, where)
    return document


def read_model(model: type[_ModelT], members: JsonObject, where: str) -> _ModelT:
    """What `read_object` returned as a `model`, or an InvalidRequest naming the first member it refuses."""
    try:
        return model.model_validate(members)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        path = _existing_path(members, first["loc"])
        raise InvalidRequest(f"{location(where, path)}: {first['msg']}") from None


def refuse_repeats(names: Iterable[str], where: str) -> None:
    """InvalidRequest naming `where[index].name` for the first of the list's names that was there before."""
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            raise InvalidRequest(f"{location(where, [index])}.name: {name} is given twice")
        seen.add(name)


def _refuse_unstorable(document: JsonValue, where: str) -> None:
    # A loop and no recursion: a client chooses how deep the document is.
    waiting: list[tuple[str, JsonValue]] = [(where, document)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, str):
            _refuse_unstorable_text(value, place)
        elif isinstance(value, float) and not math.isfinite(value):
            raise InvalidRequest(f"{place}: must be a finite number")
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise InvalidRequest(f"{place}: must be an integer of 64 bits")
        elif isinstance(value, list):
            waiting += [(f"{place}[{index}]", item) for index, item in enumerate(value)]
        elif isinstance(value, dict):
            for name, item in value.items():
                _refuse_unstorable_text(name, place)
                waiting.append((f"{place}.{name}", item))


def _refuse_unstorable_text(text: str, where: str) -> None:
    if _UNSTORABLE_TEXT.search(text):
        raise InvalidRequest(f"{where}: text must not hold U+0000 or an unpaired surrogate")


def _existing_path(document: object, path: tuple[int | str, ...]) -> list[int | str]:
    """`path` without the parts that name a branch of a union and no member of the document."""
    result: list[int | str] = []
    place: Any = document
    for depth, part in enumerate(path, start=1):
        try:
            place = place[part]
        except (KeyError, IndexError, TypeError):
            if depth < len(path):
                continue
        result.append(part)
    return result
