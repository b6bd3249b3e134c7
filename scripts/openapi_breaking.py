"""Holds the OpenAPI documents to their baseline with oasdiff: clients that were generated from it have to go on working.

`python -m scripts.openapi_breaking` compares each document of `openapi/baseline` with the one of the same name in `openapi`.
oasdiff is a Go program; it is built once, in the version below, into the user's cache directory. `openapi/breaking.txt` says
what it counts as a break beyond its own judgement: whatever a generated client has a name for and would lose.
`openapi/corrected.txt` has what is none, a line each: bounds that were always enforced and not documented, and kinds of bulk
operations, of which clients are told that more may come.
"""

import os
import subprocess
import sys
from pathlib import Path

from scripts.go_program import GoProgram, GoProgramUnavailable

OASDIFF = GoProgram("oasdiff", "github.com/oasdiff/oasdiff", "v1.37.0", go="1.26")
OPENAPI = Path(__file__).parents[1] / "openapi"
BASELINE = OPENAPI / "baseline"
SEVERITIES = OPENAPI / "breaking.txt"
CORRECTIONS = OPENAPI / "corrected.txt"


def breaks(oasdiff: Path, baseline: Path, document: Path) -> str:
    """What the document breaks for clients of the baseline, a line each; empty when nothing is broken."""
    options = ["--severity-levels", str(SEVERITIES), "--err-ignore", str(CORRECTIONS), "--fail-on", "WARN", "-f", "singleline"]
    command = [str(oasdiff), "breaking", str(baseline), str(document), *options]
    compared = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if compared.returncode > 1:
        raise RuntimeError(compared.stderr)
    return compared.stdout if compared.returncode else ""


def main() -> int:
    """The exit code: 1 when something is broken, or when it cannot be told and `JOBSVC_REQUIRE_OASDIFF` is set."""
    try:
        oasdiff = OASDIFF.path()
    except GoProgramUnavailable as exc:
        print(f"OpenAPI documents were not compared with their baseline: {exc}.")
        return 1 if os.environ.get("JOBSVC_REQUIRE_OASDIFF") else 0
    broken = "".join(breaks(oasdiff, file, OPENAPI / file.name) for file in sorted(BASELINE.glob("*.json")))
    print(f"{broken}`make baseline` lets clients rely on the documents as they are." if broken else "No client is broken.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
