"""Small files, short functions, thin handlers."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src" / "jobsvc"
FILES = sorted(SOURCES.rglob("*.py"))
ALL_FILES = sorted(file for place in ("src", "tests", "scripts", "bench") for file in (ROOT / place).rglob("*.py"))
FILE_LINES = 400
FUNCTION_LINES = 40
HANDLER_STATEMENTS = 10
METHODS = {"get", "post", "put", "patch", "delete", "head", "options", "api_route", "route"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(source: str) -> Iterator[Function]:
    return (node for node in ast.walk(ast.parse(source)) if isinstance(node, Function))


def too_long(source: str) -> list[str]:
    """The functions of more lines than a function may have."""
    return [function.name for function in functions(source) if (function.end_lineno or 0) - function.lineno >= FUNCTION_LINES]


def is_handler(function: Function) -> bool:
    """Whether a router's decorator makes it answer requests."""
    called = (item.func for item in function.decorator_list if isinstance(item, ast.Call))
    return any(isinstance(item, ast.Attribute) and item.attr in METHODS for item in called)


def statements(function: Function) -> int:
    """Statements in a function, those in blocks included; the docstring is none."""
    inside = (node for item in function.body for node in ast.walk(item) if isinstance(node, ast.stmt))
    return sum(1 for _ in inside) - (ast.get_docstring(function) is not None)


def too_thick(source: str) -> list[str]:
    """The handlers of more statements than a handler may have."""
    return [function.name for function in functions(source) if is_handler(function) and statements(function) > HANDLER_STATEMENTS]


def test_a_file_can_be_read_at_one_go() -> None:
    assert [file for file in ALL_FILES if len(file.read_text().splitlines()) > FILE_LINES] == []


def test_a_function_can_be_seen_at_once() -> None:
    assert {file: names for file in FILES if (names := too_long(file.read_text()))} == {}


@pytest.mark.parametrize("generation", sorted(SOURCES.glob("api/v*")), ids=lambda path: path.name)
def test_handlers_are_thin(generation: Path) -> None:
    sources = [file.read_text() for file in generation.rglob("*.py")]
    assert any(is_handler(function) for source in sources for function in functions(source))
    assert [name for source in sources for name in too_thick(source)] == []


HANDLER = '''
@router.get("/jobs/")
async def list_jobs():
    """List."""
    if wanted:
        return 1
'''


def test_what_is_too_long_is_found() -> None:
    assert too_long("def f():\n" + "    pass\n" * (FUNCTION_LINES - 1)) == []
    assert too_long("def f():\n" + "    pass\n" * FUNCTION_LINES) == ["f"]


def test_what_is_too_thick_is_found() -> None:
    assert [statements(function) for function in functions(HANDLER)] == [2]
    assert too_thick(HANDLER + "    pass\n" * 8) == []
    assert too_thick(HANDLER + "    pass\n" * 9) == ["list_jobs"]
