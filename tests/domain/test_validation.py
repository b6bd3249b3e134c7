"""Documents that cannot be read, or could be read and then not be stored."""

import pytest
from pydantic import BaseModel, JsonValue

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.validation import location, read_model, read_object


class _Inner(BaseModel, extra="forbid"):
    size: int


class _Outer(BaseModel):
    parts: list[_Inner] = []


@pytest.mark.parametrize("document", [None, [], "text", 1, True])
def test_only_an_object_is_a_document(document: object) -> None:
    with pytest.raises(InvalidRequest, match=r"^body: must be an object$"):
        read_object(document, "body")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"a": ["b", "\x00"]}, r"^body\.a\[1\]: text"),
        ({"a": {"half\ud800": 1}}, r"^body\.a: text"),
        ({"a": float("inf")}, r"^body\.a: must be a finite number$"),
        ({"a": [[float("nan")]]}, r"^body\.a\[0\]\[0\]: must be a finite number$"),
        ({"a": 2**63}, r"^body\.a: must be an integer of 64 bits$"),
        ({"a": [-(2**63) - 1]}, r"^body\.a\[0\]: must be an integer of 64 bits$"),
    ],
)
def test_what_the_database_would_refuse_is_refused_first(document: JsonValue, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        read_object(document, "body")


def test_a_very_deep_document_is_read_all_the_same() -> None:
    document: dict[str, JsonValue] = {}
    for _ in range(10_000):
        document = {"a": document}
    assert read_object(document, "body") is document


def test_a_whole_pair_of_surrogates_is_text_like_any_other() -> None:
    assert read_object({"a": "\U0001f600"}, "body") == {"a": "\U0001f600"}


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ({"parts": [{"size": 1}, {"size": "much"}]}, "body.parts[1].size: "),
        ({"parts": [{}]}, "body.parts[0].size: "),
        ({"parts": [{"size": 1, "color": 2}]}, "body.parts[0].color: "),
        ({"parts": 1}, "body.parts: "),
    ],
)
def test_a_model_names_the_member_that_it_refuses(document: dict[str, JsonValue], where: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_model(_Outer, document, "body")
    assert refused.value.detail.startswith(where)


def test_a_location_reads_like_a_path_in_code() -> None:
    assert location("manifest", ["job", "errors", 0, "name"]) == "manifest.job.errors[0].name"
