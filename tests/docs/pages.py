"""Executes the examples of a page: `sh` and `python` blocks run, the `json` or `text` block after one says what it prints."""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sybil import Example, Sybil
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown import CodeBlockParser
from sybil.typing import Evaluator

ANYTHING = "…"


class Pages:
    """Reads pages and runs them in an environment."""

    def __init__(self, variables: Mapping[str, str], names: Mapping[str, Any]) -> None:
        self._variables = variables
        self._names = names
        evaluators: dict[str, Evaluator] = {
            "sh": self._run,
            "python": PythonEvaluator(),
            "json": _compare_json,
            "text": _compare_text,
        }
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
        command = ["bash", "-euo", "pipefail", "-c", example.parsed]
        ran = subprocess.run(command, env=self._variables, capture_output=True, text=True, check=False, timeout=60)
        assert ran.returncode == 0, f"{example.path}:{example.line}: {ran.stderr}"
        example.namespace["printed"] = ran.stdout


def _compare_json(example: Example) -> None:
    wanted, found = json.loads(example.parsed), json.loads(example.namespace["printed"])
    assert shows(wanted, found), f"{example.path}:{example.line}: {json.dumps(found)[:2000]}"


def _compare_text(example: Example) -> None:
    printed = example.namespace["printed"]
    assert _like(example.parsed.strip(), printed.strip()), f"{example.path}:{example.line}: {printed}"


def shows(wanted: Any, found: Any) -> bool:
    """Whether an answer is what a page shows of it: members may be left out, `…` stands for anything."""
    match wanted:
        case dict():
            return isinstance(found, dict) and all(name in found and shows(value, found[name]) for name, value in wanted.items())
        case list():
            return isinstance(found, list) and len(wanted) <= len(found) and all(map(shows, wanted, found))
        case str() if ANYTHING in wanted:
            return wanted == ANYTHING or (isinstance(found, str) and _like(wanted, found))
        case _:
            return bool(wanted == found)


def _like(pattern: str, text: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split(ANYTHING))), text, re.DOTALL) is not None
