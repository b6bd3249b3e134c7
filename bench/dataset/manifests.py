"""What the job types are made of."""

from typing import Any

import orjson

from bench.dataset.size import TYPES
from jobsvc.domain.seed import normalise

NAMES = 30
"""The types beyond so many are second versions of the ten before."""
DECLARED_ERRORS = 5
"""Of the first type, which has half of the jobs: three are faults of the data."""


def as_sql() -> str:
    """A JSON array of all manifests, as the service stores them."""
    text = orjson.dumps([normalise(_manifest(number)) for number in range(1, TYPES + 1)]).decode()
    return f"jsonb '{text.replace(chr(39), chr(39) * 2)}'"


def _manifest(number: int) -> dict[str, Any]:
    """A type that measures scenes; types differ in what they need and in how long they may take."""
    scalars = {"cpus": 1.0 + number % 4, "mem": 512.0 * (1 + number % 5), "disk": 100.0 * (1 + number % 6)}
    job = {
        "name": f"type-{number if number <= NAMES else number - 10}",
        "jobVersion": "1.0.0" if number <= NAMES else "1.1.0",
        "packageVersion": "1.0.0",
        "title": f"Type {number}",
        "description": "Measures the scene",
        "maintainer": {"name": "Bench", "email": "bench@example.com", "organization": "Example"},
        "timeout": 600 + number % 7 * 300,
        "resources": {"scalar": [{"name": name, "value": value} for name, value in scalars.items()]},
        "interface": {"command": "measure.sh ${INPUT} ${THRESHOLD} ${MODE} ${OUTPUT_DIR}", "inputs": INPUTS, "outputs": OUTPUTS},
        "errors": [_error(code) for code in range(1, DECLARED_ERRORS + 1)] if number == 1 else [],
    }
    return {"seedVersion": "1.0.0", "job": job}


INPUTS = {
    "files": [{"name": "INPUT", "required": False, "multiple": True, "mediaTypes": ["image/tiff"]}],
    "json": [{"name": "THRESHOLD", "type": "number", "required": False}, {"name": "MODE", "type": "string", "required": False}],
}
OUTPUTS = {
    "files": [{"name": "OUTPUT", "mediaType": "image/tiff", "pattern": "*.tif", "required": False, "multiple": True}],
    "json": [{"name": "COUNT", "type": "integer", "required": False}, {"name": "QUALITY", "type": "string", "required": False}],
}


def _error(code: int) -> dict[str, Any]:
    category = "data" if code <= 3 else "job"  # noqa: PLR2004
    return {"code": code, "name": f"declared-{code}", "title": f"Declared error {code}", "category": category}
