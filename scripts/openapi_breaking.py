"""Finds what a change of an OpenAPI document breaks for clients that were generated from the document before.

`python -m scripts.openapi_breaking openapi/baseline openapi` compares every document of the first directory with the one of
the same name in the second. With `--accept` the second ones become the first: that is how a break is decided upon.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from scripts.openapi_schemas import Comparison, Direction

Json = dict[str, Any]
SUCCESS = "2"
SILENT = frozenset({"description", "summary", "example", "examples", "links", "tags"})
"""What no generated client depends on; a baseline does without."""


def breaks(old: Json, new: Json) -> list[str]:
    """Sentences that say what is broken; none when clients of the old document can use the new one."""
    return [
        f"{method.upper()} {path}: {problem}"
        for path, operations in old["paths"].items()
        for method, operation in operations.items()
        for problem in _operation(operation, new["paths"].get(path, {}).get(method), Comparison(old, new))
    ]


def _operation(old: Json, new: Json | None, schemas: Comparison) -> Iterator[str]:
    if new is None:
        yield "is gone"
        return
    if old["operationId"] != new["operationId"]:
        yield f"is called {new['operationId']}, no longer {old['operationId']}"
    yield from chain(_parameters(old, new, schemas), _request(old, new, schemas), _answers(old, new, schemas))


def _parameters(old: Json, new: Json, schemas: Comparison) -> Iterator[str]:
    before, after = ({(each["in"], each["name"]): each for each in side.get("parameters", ())} for side in (old, new))
    for key, parameter in before.items():
        if key not in after:
            yield f"parameter {key[1]} is gone"
        else:
            yield from schemas.narrowed(parameter["schema"], after[key]["schema"], Direction.REQUEST, f"parameter {key[1]}")
    for key, parameter in after.items():
        if parameter.get("required") and not before.get(key, {}).get("required"):
            yield f"parameter {key[1]} is required now"


def _request(old: Json, new: Json, schemas: Comparison) -> Iterator[str]:
    before, after = old.get("requestBody"), new.get("requestBody")
    if after is not None and after.get("required") and not (before or {}).get("required"):
        yield "a body is required now"
    if before is not None:
        yield from _contents(before, after or {}, schemas, Direction.REQUEST, "body")


def _answers(old: Json, new: Json, schemas: Comparison) -> Iterator[str]:
    for status, answer in old["responses"].items():
        if status in new["responses"]:
            yield from _contents(answer, new["responses"][status], schemas, Direction.RESPONSE, status)
            yield from _headers(answer, new["responses"][status], status)
        elif status.startswith(SUCCESS):
            yield f"{status} is gone"


def _contents(old: Json, new: Json, schemas: Comparison, direction: Direction, where: str) -> Iterator[str]:
    for kind, media in old.get("content", {}).items():
        changed = new.get("content", {}).get(kind)
        if changed is None:
            yield f"{where}: {kind} is gone"
        else:
            yield from schemas.narrowed(media.get("schema", {}), changed.get("schema", {}), direction, where)


def _headers(old: Json, new: Json, status: str) -> Iterator[str]:
    return (f"{status}: header {name} is gone" for name in old.get("headers", {}) if name not in new.get("headers", {}))


def essence(document: Json) -> Json:
    """The document without words: what clients depend on."""
    essential: Json = _without_words(document)
    return essential


def _without_words(value: Any, *, are_names: bool = False) -> Any:
    """The value without silent members; members that are names of something are never silent."""
    if isinstance(value, dict):
        kept = {name: each for name, each in value.items() if are_names or name not in SILENT}
        return {name: _without_words(each, are_names=name == "properties" and not are_names) for name, each in kept.items()}
    return [_without_words(each) for each in value] if isinstance(value, list) else value


def accept(baseline: Path, documents: Path) -> None:
    """Let clients rely on the documents as they are."""
    baseline.mkdir(exist_ok=True)
    for file in sorted(documents.glob("*.json")):
        text = json.dumps(essence(json.loads(file.read_text())), indent=0, separators=(",", ":"), sort_keys=True)
        (baseline / file.name).write_text(f"{text}\n")


def compare(baseline: Path, documents: Path) -> list[str]:
    """What the documents break for clients of the baseline."""
    return [
        f"{file.stem}: {problem}"
        for file in sorted(baseline.glob("*.json"))
        for problem in breaks(json.loads(file.read_text()), json.loads((documents / file.name).read_text()))
    ]


def main() -> int:
    """The exit code: 1 when something is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("baseline", type=Path)
    parser.add_argument("documents", type=Path)
    parser.add_argument("--accept", action="store_true", help="let clients rely on the documents as they are")
    asked = parser.parse_args()
    if asked.accept:
        accept(asked.baseline, asked.documents)
    problems = compare(asked.baseline, asked.documents)
    print("\n".join(problems) or "Nothing is broken.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
