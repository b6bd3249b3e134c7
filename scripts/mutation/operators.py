"""Changes that cosmic-ray does not know: of SQL in strings, and calls that are left out.

They have the methods of its operators, and get nodes of parso; neither package is needed to import this.
"""

import re
from collections.abc import Iterator
from typing import Any

Span = tuple[tuple[int, int], tuple[int, int]]
IS_SQL = re.compile(r"\b(SELECT|UPDATE|INSERT|DELETE|WHERE|ORDER BY)\b|\bCAST\(|clock_timestamp\(")
SQL_CHANGES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\bNOT EXISTS\b", "EXISTS"),
        (r"(?<!NOT )\bEXISTS\b", "NOT EXISTS"),
        (r"\bNOT (?!EXISTS|NULL)", ""),
        (r"\bIS NOT NULL\b", "IS NULL"),
        (r"\bIS NULL\b", "IS NOT NULL"),
        (r"\bAND\b", "OR"),
        (r"\bOR\b", "AND"),
        (r" < ", " <= "),
        (r" < ", " > "),
        (r" <= ", " < "),
        (r" > ", " >= "),
        (r" >= ", " > "),
        (r" <> ", " = "),
        (r"(?<=[\w)]) = (?=[\w:('])", " <> "),
        (r"\bASC\b", "DESC"),
        (r"\bDESC\b", "ASC"),
        (r" SKIP LOCKED\b", ""),
        (r"\bFOR (NO KEY )?UPDATE( OF \w+)?( SKIP LOCKED)?", ""),
        (r"\bORDER BY \w[\w.]*(?: (?:ASC|DESC|\{direction\}))?, ", "ORDER BY "),
        (r"\bORDER BY \w[\w.]*(?= LIMIT| FOR|\)|$|\n)", ""),
        (r" LIMIT :\w+", ""),
        (r"\) \+ ", ") - "),
        (r"\) - ", ") + "),
        (r"\bclock_timestamp\(\)", "now()"),
    )
)


def sql_mutants(text: str) -> Iterator[str]:
    """Every text that differs from this one by one change; none when it is no SQL."""
    if not IS_SQL.search(text):
        return
    for pattern, replacement in SQL_CHANGES:
        for match in pattern.finditer(text):
            yield text[: match.start()] + replacement + text[match.end() :]


class _Operator:
    @classmethod
    def arguments(cls) -> tuple[()]:
        """An operator without arguments."""
        return ()


class ChangeSql(_Operator):
    """One change of one text of SQL."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        """Where: once for each change of a string that is no docstring."""
        if node.type in {"string", "fstring_string"} and node.parent.type != "simple_stmt":
            for _ in sql_mutants(node.value):
                yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Make the change of this number."""
        node.value = list(sql_mutants(node.value))[index]
        return node


class LeaveOutCall(_Operator):
    """A call whose result nobody looks at is not made."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        """Where: a statement that is nothing but a call."""
        if node.type == "simple_stmt" and node.children[0].type == "atom_expr":
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, _index: int) -> Any:
        """Put `pass` in its place."""
        leaf = node.get_first_leaf()
        leaf.value = "pass"
        node.children[0] = leaf
        return node


OPERATORS = {"ChangeSql": ChangeSql, "LeaveOutCall": LeaveOutCall}
