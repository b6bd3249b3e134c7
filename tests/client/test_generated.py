"""The client for threads is what the generator makes of the one for asyncio."""

import importlib.util
from pathlib import Path

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
