"""Manifests in labels: plain, and escaped in all the ways that files and tools of images escape them."""

import json
from typing import Any

import pytest

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.seed_label import LABEL, manifest_of

DOCUMENT: dict[str, Any] = {
    "seedVersion": "1.0.0",
    "job": {
        "interface": {"command": "sh -c '/app/run.sh ${INPUT} $OUTPUT_DIR'"},
        "description": 'says "hello" at C:\\data, ünïcode 𝄞\nand more',
        "maintainer": {"url": "https://example.com/a"},
    },
}
PLAIN = json.dumps(DOCUMENT)
UNICODE = json.dumps(DOCUMENT, ensure_ascii=False, indent=2)


def escaped(text: str, characters: str) -> str:
    """The text with a backslash before each of these."""
    return "".join(f"\\{character}" if character in characters else character for character in text)


@pytest.mark.parametrize("plain", [PLAIN, UNICODE], ids=["ascii", "unicode"])
@pytest.mark.parametrize(
    "write",
    [
        lambda text: text,
        lambda text: f"\n  {text}\n",
        lambda text: text.replace("/", "\\/"),
        lambda text: text.replace("$", "\\$"),
        lambda text: text.replace("$", "\\$").replace("/", "\\/"),
        lambda text: escaped(text, '\\"'),
        lambda text: escaped(text, '\\"$'),
        lambda text: escaped(text, '\\"$/'),
        lambda text: escaped(text, '\\"$`'),
        lambda text: text.replace('"', '\\"').replace("$", "\\$").replace("/", "\\/"),
        lambda text: f'"{escaped(text, chr(92) + chr(34) + "$")}"',
        lambda text: f"'{text}'",
        lambda text: f'"{text}"',
    ],
)
def test_every_spelling_is_read(plain: str, write: Any) -> None:
    assert manifest_of("one", {"other": "x", LABEL: write(plain)}) == DOCUMENT


def test_an_escaped_backslash_before_a_dollar_stays() -> None:
    assert manifest_of("one", {LABEL: json.dumps({"command": "echo \\$HOME"})}) == {"command": "echo \\$HOME"}


@pytest.mark.parametrize("labels", [{}, {"other": "{}"}, {LABEL: ""}, {LABEL: " \n"}])
def test_an_image_without_the_label(labels: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest, match=rf"docker_image: the image one has no label {LABEL} with a Seed manifest"):
        manifest_of("one", labels)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "unexpected end of data"),
        ("text without quotes", "invalid literal"),
        ("[]", "it is no object"),
        ("null", "it is no object"),
        ('"text"', "it is no object"),
        ('"', "unexpected end of data"),
        ('{"a": 1, "a": 2}', "a name occurs twice"),
        ("\\", "unexpected character"),
        ("\ud800", "surrogates not allowed"),
        ("[" * 2000, "nested deeper"),
    ],
)
def test_a_label_that_holds_no_object(text: str, problem: str) -> None:
    with pytest.raises(InvalidRequest, match=rf"docker_image: the label {LABEL} of the image one holds no JSON object") as raised:
        manifest_of("one", {LABEL: text})
    assert problem in raised.value.detail
    assert len(raised.value.detail) < 300
