"""Reads which names the glossary refuses, and finds them in code."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.architecture.pages import DOCS

_REFUSED = re.compile(r"`(\*?)(\w+)\*?`")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@dataclass(frozen=True)
class RefusedName:
    """A word that is no name, or, if it may not be a part of one either, a `part`."""

    word: str
    part: bool

    def is_in(self, name: str) -> bool:
        """Whether a name is this word, or has it as a part."""
        if not self.part:
            return name.strip("_") == self.word
        return f"_{self.word}_" in f"_{'_'.join(part.lower() for part in _PART.findall(name))}_"


def refused_names(page: str) -> list[RefusedName]:
    """The words in backticks in the last column of the glossary's table."""
    cells = (line.rsplit(" | ", 1)[-1] for line in page.splitlines() if line.startswith("| "))
    return [RefusedName(word, bool(star)) for cell in cells for star, word in _REFUSED.findall(cell)]


def glossary() -> list[RefusedName]:
    """The refused names of this project."""
    return refused_names((DOCS / "glossary.md").read_text())


def names_in(source: str) -> Iterator[tuple[int, str]]:
    """The names that a module gives to things, with their lines."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if name.startswith("test_"):
                pass  # a sentence
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.ExceptHandler(name=str(name)) | ast.alias(asname=str(name)) | ast.MatchAs(name=str(name)):
                yield node.lineno, name
            case _:
                pass


def refused_in(source: str, refused: list[RefusedName]) -> list[tuple[int, str]]:
    """The names in a module that are refused."""
    return sorted({(line, name) for line, name in names_in(source) if any(item.is_in(name) for item in refused)})
