"""Numbers, instants and arguments as people write and read them."""

from datetime import UTC, datetime

import pytest

from jobsvc.cli import arguments, formatting
from jobsvc.cli.codes import UsageProblem


@pytest.mark.parametrize(("value", "text"), [("a b", "a b"), (7, "7"), (None, "null"), ({"a": [True]}, '{"a": [true]}')])
def test_a_value_is_as_it_can_be_submitted_again(value: object, text: str) -> None:
    assert formatting.value(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.00 s"),
        (0.416, "0.42 s"),
        (1, "1.0 s"),
        (59.94, "59.9 s"),
        (60, "1m 00s"),
        (125.9, "2m 05s"),
        (3599.9, "59m 59s"),
        (3600, "1h 00m"),
        (11_045, "3h 04m"),
        (86_400, "1d 00h"),
        (200_000, "2d 07h"),
    ],
)
def test_a_length_of_time(seconds: float, text: str) -> None:
    assert formatting.span(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (1234, "1.2 kB"), (34_000_000, "34 MB"), (5.6e12, "5.6 TB")]
)
def test_a_number_of_bytes(count: float, text: str) -> None:
    assert formatting.size(count) == text


def test_an_instant_has_a_date_only_when_it_is_not_of_today() -> None:
    now = datetime(2024, 5, 6, 12, tzinfo=UTC)
    assert formatting.instant("2024-05-06T12:00:00.123456Z", now) == f"{now.astimezone():%H:%M:%S}"
    assert formatting.instant("2023-05-06T12:00:00Z", now).startswith("2023-05-0")
    assert formatting.instant(None) == ""


def test_the_time_between_two_instants_is_never_negative() -> None:
    now = datetime(2024, 5, 6, 12, tzinfo=UTC)
    assert formatting.between("2024-05-06T11:59:58Z", "2024-05-06T11:59:59.5Z") == "1.5 s"
    assert formatting.between("2024-05-06T11:59:58Z", None, now) == "2.0 s"
    assert formatting.between("2024-05-06T12:00:01Z", None, now) == "0.00 s"
    assert formatting.between(None, None) == ""


@pytest.mark.parametrize(
    ("text", "value"),
    [("20", 20), ("0.1", 0.1), ("true", True), ('"20"', "20"), ("[1, 2]", [1, 2]), ("some words", "some words"), ("NaN", "NaN")],
)
def test_a_value_is_json_or_else_text(text: str, value: object) -> None:
    assert arguments.json_value(text) == value


@pytest.mark.parametrize(
    ("text", "reference"),
    [("word-count", ("word-count", None)), ("word-count:1.0.0", ("word-count", "1.0.0")), ("a@2", ("a", "2"))],
)
def test_a_job_type_is_named_with_or_without_a_version(text: str, reference: tuple[str, str | None]) -> None:
    assert arguments.type_reference(text) == reference


@pytest.mark.parametrize("text", ["", ":1", "a:", "a@"])
def test_half_a_reference_is_refused(text: str) -> None:
    with pytest.raises(UsageProblem):
        arguments.type_reference(text)


@pytest.mark.parametrize("text", ["", "NAME", "=value"])
def test_half_a_pair_is_refused(text: str) -> None:
    with pytest.raises(UsageProblem, match="must be NAME=VALUE"):
        arguments.pair(text, "--json")
