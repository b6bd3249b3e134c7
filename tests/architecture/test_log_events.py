"""docs/log-events.md lists what the service logs."""

import ast
from collections.abc import Iterator

from tests.architecture.pages import DOCS, ROOT, rows

LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}
RETRIES = {"retry_while_unavailable", "run_periodically"}


def events_of(source: str) -> Iterator[str]:
    """The events that a module logs, those of what it has repeated included."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log"), attr=level), args=[ast.Constant(value=str(event)), *_]):
                if level in LEVELS:
                    yield event
            case ast.Call(func=ast.Name(id=name), args=[_, ast.Constant(value=str(what)), *_]) if name in RETRIES:
                yield f"{what}.failed"
            case _:
                pass


def test_the_page_lists_every_event() -> None:
    sources = (file.read_text() for file in (ROOT / "src").rglob("*.py"))
    logged = {event for source in sources for event in events_of(source)}
    assert set(rows((DOCS / "log-events.md").read_text(), "Events")) == logged


def test_events_are_read_from_calls() -> None:
    source = """
log.info("job.begun", job=1)
log.exception("job.failed")
other.info("no.event")
log.bind("no.event")
run_periodically(turn, "turn", 1)
"""
    assert sorted(events_of(source)) == ["job.begun", "job.failed", "turn.failed"]
