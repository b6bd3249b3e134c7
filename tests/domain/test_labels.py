"""What labels may be, and how they are asked for."""

from typing import Any

import pytest

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.labels import MAX_LABELS, asked_by_key, parse_label_changes, parse_labels, relabelled


@pytest.mark.parametrize(
    "labels", [{}, {"a": ""}, {"a.b/c_d-1": "x:y z"}, {"k" * 63: "v" * 255}, {str(n): "" for n in range(MAX_LABELS)}]
)
def test_good_labels(labels: dict[str, str]) -> None:
    assert parse_labels(labels) == labels


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        ([], "labels: must be an object of strings."),
        ({"A": "x"}, "labels: 'A' is no key"),
        ({"": "x"}, "labels: '' is no key"),
        ({"a\n": "x"}, "is no key"),
        ({"a:b": "x"}, "labels: 'a:b' is no key"),
        ({"k" * 64: "x"}, "is no key"),
        ({"a": 1}, "labels.a: must be a string."),
        ({"a": None}, "labels.a: must be a string."),
        ({"a": "v" * 256}, "labels.a: has 256 characters; 255 are allowed."),
        ({"a": "\0"}, "labels.a: must not contain"),
        ({str(n): "" for n in range(MAX_LABELS + 1)}, "at most 32 labels; these would be 33."),
    ],
)
def test_bad_labels(labels: Any, text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_labels(labels)
    assert text in refused.value.detail


def test_changes_set_and_remove() -> None:
    changes = parse_label_changes({"b": None, "c": "3", "d": None})
    assert relabelled({"b": "2", "a": "1"}, changes) == {"a": "1", "c": "3"}


@pytest.mark.parametrize(
    ("texts", "asked"),
    [
        (set(), {}),
        ({"a"}, {"a": None}),
        ({"a:x", "a:y:z", "b:"}, {"a": frozenset({"x", "y:z"}), "b": frozenset({""})}),
        ({"a:x", "a"}, {"a": None}),
    ],
)
def test_labels_are_asked_for_by_key(texts: set[str], asked: dict[str, Any]) -> None:
    assert asked_by_key(texts) == asked
