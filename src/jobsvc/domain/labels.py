"""Labels: what users call their jobs, to find them again.

A label is asked for as `key:value`, or as `key` when any value will do: keys have no colon, so that values may.
"""

import re
from collections.abc import Collection, Mapping

from jobsvc.domain.errors import InvalidRequest

Labels = Mapping[str, str]
MAX_LABELS = 32
"""Of a job."""
MAX_VALUE = 255
"""Characters of a value."""
KEY_PATTERN = "^[a-z0-9][a-z0-9._/-]{0,62}$"
_KEY = re.compile(KEY_PATTERN.removesuffix("$") + r"\Z")
NO_KEY = "keys are 1 to 63 of a-z, 0-9, '.', '_', '/' and '-', and begin with a letter or a digit"


def parse_labels(document: object) -> dict[str, str]:
    """The labels of a new job; InvalidRequest says what is wrong with which."""
    labels = parse_label_changes(document)
    if removed := [key for key, value in labels.items() if value is None]:
        raise InvalidRequest(f"labels.{removed[0]}: must be a string.")
    return relabelled({}, labels)


def parse_label_changes(document: object) -> dict[str, str | None]:
    """Labels to set, and with None those to remove; InvalidRequest says what is wrong with which."""
    if not isinstance(document, dict):
        raise InvalidRequest("labels: must be an object of strings.")
    for key, value in document.items():
        if not _KEY.match(key):
            raise InvalidRequest(f"labels: '{key[:80]}' is no key; {NO_KEY}.")
        if value is not None:
            _check_value(key, value)
    return document


def _check_value(key: str, value: object) -> None:
    if not isinstance(value, str):
        raise InvalidRequest(f"labels.{key}: must be a string.")
    if len(value) > MAX_VALUE:
        raise InvalidRequest(f"labels.{key}: has {len(value)} characters; {MAX_VALUE} are allowed.")
    if "\0" in value:
        raise InvalidRequest(f"labels.{key}: must not contain the character U+0000.")


def relabelled(labels: Labels, changes: Mapping[str, str | None]) -> dict[str, str]:
    """Labels after changes, by key; InvalidRequest when there are too many."""
    merged = {**labels, **changes}
    result = {key: value for key, value in sorted(merged.items()) if value is not None}
    if len(result) > MAX_LABELS:
        raise InvalidRequest(f"labels: a job has at most {MAX_LABELS} labels; these would be {len(result)}.")
    return result


def asked_by_key(texts: Collection[str]) -> dict[str, frozenset[str] | None]:
    """What labels are asked for: the values of each key of which a job has to have one, None for any."""
    pairs = [text.partition(":") for text in texts]
    keys = sorted({key for key, _, _ in pairs})
    exists = {key for key, colon, _ in pairs if not colon}
    return {key: None if key in exists else frozenset(value for name, _, value in pairs if name == key) for key in keys}
