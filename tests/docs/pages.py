"""Executes the examples of a page: `sh` and `python` blocks run, the `json` or `text` block after one says what it prints.

A `shell` block is a service, which goes on beside the blocks after it.
"""

import json
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sybil import Example, Sybil
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown import CodeBlockParser
from sybil.typing import Evaluator

ANYTHING = "…"


class Pages:
    """Reads pages and runs them in an environment."""

    def __init__(
        self,
        variables: Mapping[str, str],
        names: Mapping[str, Any],
        *,
        directory: Path | None = None,
        serve: Callable[[Sequence[str]], None] | None = None,
        seconds: float = 60.0,
    ) -> None:
        """`variables` are the environment of shells, `directory` where they run; `serve` is given the command of a service.

        `seconds` is how long a block may take.
        """
        self._seconds = seconds
        self._variables = variables
        self._names = names
        self._directory = directory
        evaluators: dict[str, Evaluator] = {
            "sh": self._run,
            "python": PythonEvaluator(),
            "json": _compare_json,
            "text": _compare_text,
        }
        if serve is not None:
            evaluators["shell"] = lambda example: serve(_bash(example))
        self._sybil = Sybil(parsers=[CodeBlockParser(language, evaluator) for language, evaluator in evaluators.items()])

    def run(self, page: Path) -> int:
        """Run all examples of a page, in sequence; gives their number."""
        document = self._sybil.parse(page)
        document.namespace.update(self._names)
        examples = list(document.examples())
        for example in examples:
            example.evaluate()
        return len(examples)

    def _run(self, example: Example) -> None:
        ran = subprocess.run(
            _bash(example),
            env=self._variables,
            cwd=self._directory,
            capture_output=True,
            text=True,
            check=False,
            timeout=self._seconds,
        )
        assert ran.returncode == 0, f"{example.path}:{example.line}: {ran.stderr}"
        example.namespace["printed"] = ran.stdout


def _bash(example: Example) -> list[str]:
    return ["bash", "-euo", "pipefail", "-c", example.parsed]


def _compare_json(example: Example) -> None:
    expected, printed = json.loads(example.parsed), json.loads(example.namespace["printed"])
    assert shows(expected, printed), f"{example.path}:{example.line}: {json.dumps(printed)[:2000]}"


def _compare_text(example: Example) -> None:
    printed = example.namespace["printed"]
    assert _like(example.parsed.strip(), printed.strip()), f"{example.path}:{example.line}: {printed}"


def shows(expected: Any, result: Any) -> bool:
    """Whether an answer is what a page shows of it: members may be left out, `…` stands for anything."""
    match expected:
        case dict():
            return isinstance(result, dict) and all(
                name in result and shows(value, result[name]) for name, value in expected.items()
            )
        case list():
            return isinstance(result, list) and len(expected) <= len(result) and all(map(shows, expected, result))
        case str() if ANYTHING in expected:
            return expected == ANYTHING or (isinstance(result, str) and _like(expected, result))
        case _:
            return bool(expected == result)


def _like(pattern: str, text: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split(ANYTHING))), text, re.DOTALL) is not None
