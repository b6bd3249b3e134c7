"""The examples of docs/client.md run."""

from pathlib import Path

import pytest

from tests.docs.pages import Pages

PAGE = Path(__file__).parents[2] / "docs" / "client.md"


def test_the_page(service: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert Pages({}, {"JOBSVC": service}).run(PAGE) == 2
    assert capsys.readouterr().out.startswith("42 words\nCOMPLETED\n")
