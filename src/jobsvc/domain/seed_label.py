"""The Seed manifest in the label of an image."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.json_text import parse_json

LABEL = "com.ngageoint.seed.manifest"
_SHOWN = 60
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_BARE_ESCAPE = re.compile(r'\\(["$/])')


def manifest_of(image: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """The manifest in the labels of an image, as it stands there; whether it is valid is not looked at.

    The label holds JSON, as it is or escaped once more for the file that the image was built of.

    Raises:
        InvalidRequest: There is no such label, or it holds no JSON object.
    """
    text = labels.get(LABEL, "").strip()
    if not text:
        raise InvalidRequest(f"docker_image: the image {image} has no label {LABEL} with a Seed manifest; send the manifest.")
    problem = ""
    for reading in _readings(text):
        try:
            document = parse_json(reading.encode())
        except ValueError as exc:  # also what cannot be encoded
            problem = problem or str(exc)
            continue
        if isinstance(document, dict):
            return document
        problem = problem or "it is no object"
    start = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    raise InvalidRequest(f"docker_image: the label {LABEL} of the image {image} holds no JSON object ({problem}): {start}")


def _readings(text: str) -> Iterator[str]:
    """What the label may mean, the likeliest first: as it is, and without what tools escape."""
    for inner in dict.fromkeys((text, _without_quotes(text))):
        yield inner
        # JSON knows no escaped dollar, and what else is escaped belongs to it.
        yield _ESCAPE.sub(_one_of("$"), inner)
        yield _ESCAPE.sub(_one_of('"$/\\`'), inner)
        # By tools that escape quotes, dollars and slashes, and leave backslashes that were there as they were.
        yield _BARE_ESCAPE.sub(r"\1", inner)


def _without_quotes(text: str) -> str:
    return text[1:-1] if text[0] == text[-1] and text[0] in "\"'" else text


def _one_of(characters: str) -> Callable[[re.Match[str]], str]:
    return lambda match: match[1] if match[1] in characters else match[0]
