"""Regenerates `jobsvc.client.sync` from `jobsvc.client.aio`: `python scripts/make_sync_client.py [directory]`."""

import subprocess
import sys
from pathlib import Path

import unasync

CLIENT = Path(__file__).parents[1] / "src" / "jobsvc" / "client"
BY_HAND = {"waiting.py"}
NAMES = {
    "aio": "sync",
    "anext": "next",
    "AsyncClient": "Client",
    "aclose": "close",
    "aread": "read",
    "aiter_bytes": "iter_bytes",
    "aiter_lines": "iter_lines",
}
"""Names that differ, apart from those that Python itself has in pairs."""
OF_ASYNCIO = "The client for asyncio. `jobsvc.client.sync` is generated from this package: `make client`."
OF_THREADS = "The client for threads, generated from `jobsvc.client.aio`: `make client` regenerates it."


def make(target: Path) -> list[Path]:
    """Write the package into a directory; gives its files."""
    target.mkdir(parents=True, exist_ok=True)
    sources = sorted(path for path in (CLIENT / "aio").glob("*.py") if path.name not in BY_HAND)
    rule = unasync.Rule(f"{CLIENT / 'aio'}/", f"{target}/", additional_replacements=NAMES)
    unasync.unasync_files([str(path) for path in sources], [rule])
    written = [target / path.name for path in sources]
    package = target / "__init__.py"
    package.write_text(package.read_text().replace(OF_ASYNCIO, OF_THREADS))
    ruff = Path(sys.executable).with_name("ruff")
    subprocess.run([ruff, "check", "--quiet", "--select", "I", "--fix", *written], check=True)  # noqa: S603
    subprocess.run([ruff, "format", "--quiet", *written], check=True)  # noqa: S603
    return written


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else CLIENT / "sync")
