"""What texts refer to is there: pages of the documentation with their anchors, files, targets of make."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.pages import DOCS, ROOT, anchors, is_there, links, pages, prose, slug

WHERE = ("src", "tests", "migrations", "docs", "bench", "scripts", "examples", "clients", ".ci")
KINDS = {".py", ".md", ".sh", ".ts", ".go", ".toml", ".yaml", ".yml", ".mako", ""}
MADE = {".venv", "node_modules", "build", "__pycache__"}
REFERENCE = re.compile(r"docs/[\w/-]+\.md(?:#[\w-]+)?")
PATH = re.compile(r"(?<![\w/.-])(?:src|tests|migrations|scripts|bench|clients|examples|openapi|docs|\.ci)/[\w./*-]*[\w/*]")
TARGET = re.compile(r"\bmake ([a-z-]+)`")
# As references were spelled before there was docs/spec: by number, of texts that are not here.
OLD = re.compile(r"behaviour\.md|\b(?:documents?|seeds?) 00\d|\bsection 17\b|[(;] ?rows? \d", re.IGNORECASE)


def texts() -> Iterator[tuple[Path, str]]:
    """Every file that people wrote, this one left out: it spells what may not be spelled."""
    files = [*(file for place in WHERE for file in (ROOT / place).rglob("*")), *ROOT.glob("*")]
    for file in files:
        if file.is_file() and file.suffix in KINDS and not MADE & set(file.parts) and file != Path(__file__):
            yield file, file.read_text(errors="replace")


def test_every_reference_leads_to_a_page_and_a_place_in_it() -> None:
    named = [(file.relative_to(ROOT), name) for file, text in texts() for name in REFERENCE.findall(text)]
    assert len(named) > 100
    assert [item for item in named if not is_there(item[1], ROOT)] == []


def test_every_link_leads_to_a_page_and_a_place_in_it() -> None:
    linked = [(page.relative_to(ROOT), target) for page in pages() for target in links(page.read_text())]
    assert len(linked) > 100
    assert [item for item in linked if not is_there(item[1], ROOT / item[0])] == []


def test_no_place_has_the_name_of_another_one() -> None:
    written = {page: anchors(page.read_text()) for page in (DOCS / "spec").rglob("*.md")}
    assert {page.name: sorted(names) for page, names in written.items() if len(set(names)) < len(names)} == {}


def test_nothing_is_referred_to_by_number() -> None:
    spelled = [(str(file.relative_to(ROOT)), match[0]) for file, text in texts() for match in OLD.finditer(text)]
    assert spelled == []


@pytest.mark.parametrize("page", sorted((DOCS / "development").glob("*.md")), ids=lambda page: page.name)
def test_what_developers_are_told_of_is_there(page: Path) -> None:
    text = page.read_text()
    makefile = (ROOT / "Makefile").read_text()
    assert [path for path in PATH.findall(prose(text)) if not any(ROOT.glob(path.rstrip("/")))] == []
    assert [target for target in TARGET.findall(text) if f"\n{target}:" not in makefile] == []


PAGE = """# A page: of `code`

<a id="here"></a>See [this](#a-page-of-code), [that](https://host/a.md) and [those](b.md#here).

```md
# Not a [heading](nowhere.md)
```
"""


def test_anchors_and_links_are_read_from_prose() -> None:
    assert anchors(PAGE) == ["a-page-of-code", "here"]
    assert links(PAGE) == ["#a-page-of-code", "b.md#here"]
    assert slug("v3, both streams (old)") == "v3-both-streams-old"


@pytest.mark.parametrize(
    ("target", "there"),
    [("a.md", True), ("a.md#here", True), ("#here", True), ("a.md#there", False), ("c.md", False), ("../a.md", False)],
)
def test_a_link_into_the_void_is_noticed(tmp_path: Path, target: str, there: bool) -> None:  # noqa: FBT001
    (tmp_path / "a.md").write_text(PAGE)
    assert is_there(target, tmp_path / "a.md") is there


@pytest.mark.parametrize("old", ["behaviour.md, section 2.5", "document 003", "documents 000 and 002", "; rows 4 and 5)"])
def test_a_reference_by_number_is_noticed(old: str) -> None:
    assert OLD.search(old)


def test_commits_are_checked_by_what_make_check_runs() -> None:
    recipe = re.search(r"^check:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe
    commands = [line.strip().replace("$(BIN)", ".venv/bin") for line in recipe[1].splitlines()]
    hooks = re.findall(r"entry: (.+)", (ROOT / ".pre-commit-config.yaml").read_text())
    assert hooks == commands
