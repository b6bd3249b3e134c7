"""Reads pages of the documentation: their anchors, what they link to, and their tables."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_ID = re.compile(r'<a id="([\w-]+)"></a>')
_LINK = re.compile(r"\]\((?!https?:|mailto:)([^()\s]+)\)")


def prose(page: str) -> str:
    """The page without its blocks of code."""
    return _FENCE.sub("", page)


def slug(heading: str) -> str:
    """The anchor of a heading as GitHub makes it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def anchors(page: str) -> list[str]:
    """What `#` can name in a page: its headings, and places with an id."""
    return [slug(heading) for heading in _HEADING.findall(prose(page))] + _ID.findall(page)


def links(page: str) -> list[str]:
    """The targets of a page's links to other pages and places, as they are written."""
    return _LINK.findall(prose(page))


def rows(page: str, heading: str) -> dict[str, str]:
    """The first table below a heading: its first column, without backticks, and its last one; empty when there is none."""
    _, _, below = page.partition(f"## {heading}\n")
    section = below.partition("\n## ")[0]
    cells = [[cell.strip(" `") for cell in line.strip(" |").split(" | ")] for line in section.splitlines() if line[:1] == "|"]
    return {row[0]: row[-1] for row in cells[2:]}


def is_there(target: str, page: Path) -> bool:
    """Whether a link of a page (or a path from a directory) leads to a file, and its anchor to a place in it."""
    path, _, anchor = target.partition("#")
    file = (page if page.is_dir() else page.parent) / path if path else page
    return file.exists() and (not anchor or anchor in anchors(file.read_text()))


def pages() -> Iterator[Path]:
    """All pages: those of `docs`, and those at the root."""
    yield from sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
