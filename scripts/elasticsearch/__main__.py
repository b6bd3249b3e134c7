"""`python -m scripts.elasticsearch fetch` puts the server on this machine, `start` runs it until Ctrl-C."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from scripts.elasticsearch.archive import VERSION, fetch
from scripts.elasticsearch.errors import ElasticsearchUnavailable
from scripts.elasticsearch.java import find_java
from scripts.elasticsearch.server import QUICK_START, running


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m scripts.elasticsearch", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("fetch", help="put the server into the user's cache directory")
    starting = commands.add_parser("start", help="run it and print its URL; Ctrl-C stops it")
    starting.add_argument("--directory", type=Path, help="where its data stay (else a directory that goes with it)")
    provided = parser.parse_args(arguments)
    try:
        if provided.command == "fetch":
            _fetch()
        else:
            _start(provided.directory)
    except ElasticsearchUnavailable as error:
        sys.exit(f"No Elasticsearch: {error}.")


def _fetch() -> None:
    java = find_java()
    print(f"Elasticsearch {VERSION} is in {fetch()}, to run with the Java in {java}.")


def _start(directory: Path | None) -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as stack, suppress(KeyboardInterrupt):
        place = directory or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="elasticsearch-")))
        with running(place.resolve(), QUICK_START) as url:
            print(f"JOBSVC_ELASTICSEARCH_URL={url}", flush=True)
            signal.pause()


if __name__ == "__main__":
    main()
