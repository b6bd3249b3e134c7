"""The command of a Seed job: its variables replaced and its words split as a shell would, without a shell."""

import re
from collections.abc import Callable, Mapping

_IN_PREFIX = r"""(?:[^}'"\\]|'[^']*'|"(?:[^"\\]|\\.)*"|\\.)*"""
_TOKEN = re.compile(
    rf"""
      (?P<blank>[ \t\r\n]+)
    | '(?P<single>[^']*)'
    | "(?P<double>(?:[^"\\]|\\.)*)"
    | \\(?P<escaped>.)
    | (?P<variable>\$(?:\w+|\{{\w+(?:(?:/\#/|:-){_IN_PREFIX})?\}}))
    | (?P<foreign>\$\{{[^ \t\r\n'"\\}}]*\}})
    | (?P<plain>[^ \t\r\n'"\\$]+|\$)
    """,
    re.ASCII | re.DOTALL | re.VERBOSE,
)
_IN_QUOTES = re.compile(
    r"""
      \\(?P<escaped>["\\$`\n])
    | (?P<variable>\$(?:\w+|\{\w+(?:(?:/\#/|:-)[^}]*)?\}))
    | (?P<plain>[^\\$]+|.)
    """,
    re.ASCII | re.DOTALL | re.VERBOSE,
)
_VARIABLE = re.compile(r"\$\{?(?P<name>\w+)(?:(?P<form>/#/|:-)(?P<text>.*))?\}?", re.ASCII | re.DOTALL)


def expand_command(command: str, variables: Mapping[str, str]) -> list[str]:
    """The words of `command`, with these forms replaced where `X` is one of `variables`.

    - `$X` and `${X}`: its value.
    - `${X/#/prefix}`: the prefix and its value; nothing when the value is empty.
    - `${X:-text}`: its value; the text when it is empty, or when there is no such variable.

    Blanks of the command split it, also those of a prefix or a text, so that `${X/#/--opt }` becomes two words.
    Those of a value never do, nor has anything else in it a meaning: it is not looked at again. Double quotes
    keep blanks together, single quotes and backslashes keep variables from being replaced. What becomes nothing
    outside of quotes is no word. Variables that are unknown and other forms stay as they are.

    ValueError when a quotation or an escape does not end.
    """
    words = _Words(variables)
    words.scan(command)
    words.end()
    return words.done


class _Words:
    """The words so far, and the one that has begun."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.done: list[str] = []
        self._variables = variables
        self._begun: str | None = None

    def scan(self, text: str) -> None:
        """Take what stands outside of quotes."""
        position = 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise ValueError("No escaped character" if text[position] == "\\" else "No closing quotation")
            self._take(match)
            position = match.end()

    def end(self) -> None:
        """End the word that has begun, if any."""
        if self._begun is not None:
            self.done.append(self._begun)
            self._begun = None

    def _add(self, text: str) -> None:
        self._begun = (self._begun or "") + text

    def _take(self, match: re.Match[str]) -> None:
        match match.lastgroup:
            case "blank":
                self.end()
            case "variable":
                self._replace(match[0], self.scan)
            case "double":
                self._scan_quoted(match["double"])
            case "escaped" if match["escaped"] == "\n":
                pass  # the command goes on in its next line
            case _:
                self._add(match[str(match.lastgroup)])

    def _scan_quoted(self, text: str) -> None:
        self._add("")  # also nothing is a word when it is in quotes
        for match in _IN_QUOTES.finditer(text):
            if match["variable"]:
                self._replace(match[0], self._add)
            elif match["escaped"] != "\n":
                self._add(match[str(match.lastgroup)])

    def _replace(self, variable: str, add: Callable[[str], None]) -> None:
        """Add what stands for the variable; what the command itself has in it is added by `add`."""
        match = _VARIABLE.fullmatch(variable)
        assert match is not None  # noqa: S101 - it is the same form
        value, text = self._variables.get(match["name"]), (match["text"] or "").removesuffix("}")
        if match["form"] == ":-" and not value:
            add(text)
        elif value is None:
            self._add(variable)
        elif value:
            if match["form"] == "/#/":
                add(text)
            self._add(value)
