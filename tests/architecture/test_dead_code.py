"""No code of the service is there for tests alone."""

from pathlib import Path

import pytest
from vulture.core import Item

from tests.architecture.dead_code import unused
from tests.architecture.pages import ROOT

SOURCES = ROOT / "src"
# What is used in a way that cannot be seen in the code, or only by tests, and why.
USED = {
    "BUILTIN_ERRORS": "the errors as they have to be in the database: tests hold migrations to it",
    "U": "of an annotation in quotes",
    "__signature__": "read by FastAPI and typer",
    "asyncpg_url": "called by migrations/env.py",
    "capture_signals": "called by the superclass in uvicorn",
    "connection_pool_maxsize": "set for the client of Kubernetes",
    "disconnected": "set for the superclass in uvicorn",
    "is_disconnect": "set for SQLAlchemy",
    "is_good": "read by a model, by its name",
    "is_owner": "of two processes with one embedded server: nothing else shows from outside which one has it",
    "job_events": "of the client, for its users",
    "max_header_length": "read by the superclass in joserfc",
    **dict.fromkeys(("max_x", "max_y", "min_x", "min_y"), "read by a model, by its name"),
    "node_type": "read by a model, by its name",
    "on_headers_complete": "called by the parser",
    "send_500_response": "called by the superclass in uvicorn",
    "should_exit": "set for the superclass in uvicorn",
    "traceback": "an argument of `__exit__`",
    "unchanged": "read by `jobsvc import`, by its name",
}


@pytest.fixture(scope="module")
def items() -> list[Item]:
    """What nothing uses; the client for threads is left out, for it is generated from the one for asyncio."""
    result = unused([SOURCES, ROOT / "scripts"])
    return [item for item in result if SOURCES in Path(item.filename).parents and "client/sync" not in str(item.filename)]


def test_everything_is_used_outside_of_tests(items: list[Item]) -> None:
    assert [(str(item.filename), item.first_lineno, item.name) for item in items if item.name not in USED] == []


def test_every_exception_is_needed(items: list[Item]) -> None:
    assert set(USED) == {item.name for item in items}


CODE = """
from dataclasses import dataclass

@dataclass
class Row:
    member: int

    def method(self): pass

@router.get("/")
def route(): pass

def used(): pass

def unused(): pass

CONSTANT = 1
used(), Row()
"""


def test_unused_code_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text(CODE)
    assert sorted(item.name for item in unused([tmp_path])) == ["CONSTANT", "method", "unused"]
    assert [item.name for item in unused([tmp_path], ["unused", "CONSTANT"])] == ["method"]
