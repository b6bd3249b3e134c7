"""The Java that runs the server."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from scripts.elasticsearch.errors import ElasticsearchUnavailable

OLDEST = 17
_VARIABLES = ("ES_JAVA_HOME", "JAVA_HOME")


def find_java() -> Path:
    """Give the home directory of a Java 17 or newer: that of ES_JAVA_HOME or JAVA_HOME, else of `java` on the PATH.

    Raises `ElasticsearchUnavailable` if there is none.
    """
    program = _program()
    if program is None:
        raise ElasticsearchUnavailable("Java is not installed")
    version = _version(program)
    if version < OLDEST:
        raise ElasticsearchUnavailable(f"{program} is Java {version}, and {OLDEST} is the oldest that will do")
    return program.resolve().parent.parent


def _program() -> Path | None:
    named = (os.environ[name] for name in _VARIABLES if os.environ.get(name))
    places = [Path(home) / "bin" / "java" for home in named]
    result = shutil.which("java")
    return next((place for place in [*places, *([Path(result)] if result else [])] if place.exists()), None)


def _version(program: Path) -> int:
    shown = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)  # noqa: S603
    number = re.search(r'version "(\d+)', shown.stderr)
    return int(number[1]) if number else 0
