"""What is generated of the client is fresh: the client for threads, and what can be asked for."""

import importlib.util
from pathlib import Path

from scripts import make_client_queries

ROOT = Path(__file__).parents[2]
SYNC = ROOT / "src" / "jobsvc" / "client" / "sync"


def test_the_client_for_threads_is_fresh(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("make_sync_client", ROOT / "scripts" / "make_sync_client.py")
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    made = {path.name: path.read_text() for path in generator.make(tmp_path)}
    committed = {path.name: path.read_text() for path in SYNC.glob("*.py") if path.name != "waiting.py"}
    stale = [name for name in {*made, *committed} if made.get(name) != committed.get(name)]
    assert stale == [], "write it anew with `make client`"


def test_what_the_client_can_ask_for_is_what_the_filters_of_the_service_say(tmp_path: Path) -> None:
    make_client_queries.make(tmp_path / "queries.py")
    assert make_client_queries.QUERIES.read_text() == (tmp_path / "queries.py").read_text(), "write it anew with `make client`"
