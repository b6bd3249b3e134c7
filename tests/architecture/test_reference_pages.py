"""The reference pages say what the code does now."""

from pathlib import Path

import pytest

from scripts import make_docs

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the pages as they would be written now."""
    directory = tmp_path_factory.mktemp("docs")
    make_docs.make(directory)
    return directory


@pytest.mark.parametrize("page", ["cli.md", "client.md", "configuration.md", "metrics.md"])
def test_the_page_is_fresh(made: Path, page: str) -> None:
    assert (DOCS / page).read_text() == (made / page).read_text(), "run `make docs`"


def test_every_command_is_listed_with_all_that_its_first_sentence_says(made: Path) -> None:
    lines = (made / "cli.md").read_text().splitlines()
    assert not [line for line in lines if line.startswith("* `") and line.endswith("...")]


def test_no_page_names_what_is_different_the_next_time(made: Path) -> None:
    assert " at 0x" not in (made / "client.md").read_text()
