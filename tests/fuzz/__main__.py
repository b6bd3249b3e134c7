"""Asks a live service all that its documents allow, and much that they do not; says what broke the documents.

No answer may be a 5xx, or have a status, a content type, a header or a body that the document does not declare. Each
operation has to succeed at least once, and so has each link of `chains.py`: a job that was queued can be seen and canceled.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx

from tests.counts import add
from tests.fuzz.chains import CHAINS, cut_down
from tests.fuzz.report import followed, succeeded
from tests.fuzz.stock import EVENTS, endless, with_stock
from tests.live import live_service

ROOT = Path(__file__).parents[2]
SCHEMATHESIS = ROOT / "clients" / ".venv" / "bin" / "schemathesis"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "use_after_free",
    "ensure_resource_availability",
)
"""Not whether bad data is refused and good data is taken: the service takes more than it documents (members of other
versions, numbers in quotes), and whether a file or a job type is there is not for a schema to say."""
Json = dict[str, Any]


def main(names: list[str]) -> int:
    """Try the documents with these names, or all; gives the exit code."""
    checks: dict[str, bool] = {}
    with tempfile.TemporaryDirectory() as directory, live_service(Path(directory) / "data") as url:
        for name in names or sorted(CHAINS):
            checks |= {f"{name}: {check}": held for check, held in try_document(name, url, Path(directory)).items()}
    failures = [check for check, held in checks.items() if not held]
    add(len(checks) - len(failures), len(failures))
    sys.stdout.writelines(f"does not hold: {check}\n" for check in failures)
    sys.stdout.write(f"fuzz: {len(checks) - len(failures)} checks hold, {len(failures)} do not\n")
    return 1 if failures else 0


def try_document(name: str, url: str, place: Path) -> dict[str, bool]:
    """Queue jobs and follow the links, then try all operations; returns what has to hold, and whether it did."""
    document = json.loads((ROOT / "openapi" / f"{name}.json").read_text())
    shared = place / "shared"
    shared.mkdir(exist_ok=True)
    (countdown,) = httpx.get(f"{url}/v6/job-types/countdown/").json()["results"]
    # The chain comes first: what follows may pause the scheduler.
    chain, whole = place / f"{name}-chain.ndjson", place / f"{name}.ndjson"
    passed = [
        run(cut_down(document, CHAINS[name], countdown["id"]), url, chain, "--phases=stateful", "--mode=positive", "-n", "30"),
        run(with_stock(document, str(shared)), url, whole, "-n", "5"),
    ]
    operations = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    begun = {f"GET {path}" for path in endless(document["paths"]) if begins(f"{url}{path}")}
    working_links, working_operations = followed(chain), succeeded(chain) | succeeded(whole) | begun
    return {
        "every answer to the chain is as documented (see above)": passed[0],
        "every answer to all operations is as documented (see above)": passed[1],
        **{f"the link {link} works": link in working_links for link in sorted(CHAINS[name].links)},
        **{f"{operation} succeeds": operation in working_operations for operation in sorted(operations)},
    }


def begins(url: str) -> bool:
    """Whether events come from an address, of which there is no last one."""
    with httpx.stream("GET", url) as answer:
        line = next(answer.iter_lines(), "")
        return answer.status_code == 200 and answer.headers["Content-Type"].startswith(EVENTS) and ":" in line


def run(document: Json, url: str, report: Path, *options: str) -> bool:
    """Let schemathesis try a document; the same seed makes the same requests of the same answers."""
    file = report.with_suffix(".json")
    file.write_text(json.dumps(document))
    command = [str(SCHEMATHESIS), "run", str(file), "--url", url, "--seed=1", f"--checks={','.join(CHECKS)}", *options]
    reports = ["--report=ndjson", f"--report-ndjson-path={report}"]
    command += [*reports, "--continue-on-failure", "--request-timeout=30"]
    # Beside the report, for it remembers failures in the directory where it runs, and tries them first.
    return subprocess.run(command, cwd=report.parent, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
