"""Finds code that nothing in the project but tests uses."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from vulture import Vulture
from vulture.core import Item

# What calls these are frameworks: routes, commands, checks of models and of settings.
DECORATORS = [
    "@router.*",
    "@app.*",
    "@*.command",
    "@*.callback",
    "@field_validator",
    "@model_validator",
    "@*.exception_handler",
]


def unused(paths: Iterable[Path], names: Iterable[str] = ()) -> list[Item]:
    """What no code in these directories uses, the `names` left out.

    Members of classes that hold data are left out, too: models, rows and enums are read by what renders them.
    """
    vulture = Vulture(ignore_names=list(names), ignore_decorators=DECORATORS)
    vulture.scavenge([str(path) for path in paths])
    items = vulture.get_unused_code(min_confidence=60)
    return [item for item in items if item.typ != "variable" or not _is_member(item)]


def _is_member(item: Item) -> bool:
    return item.first_lineno in set(_members(ast.parse(Path(item.filename).read_text())))


def _members(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from (member.lineno for member in node.body if isinstance(member, ast.Assign | ast.AnnAssign))
