"""The documents' examples, and what an answer lacks of them (keys, their sequence, types)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.api.contract import is_timestamp

EXAMPLES = Path(__file__).parents[2] / "data" / "v3"
"""The JSON examples of the documents (docs/spec/services/README.md#documents), named by document and section."""

FREE = {"meta_data", "environment"}
"""Objects that are whatever was stored."""

SUPERSEDING = {"is_superseded", "root_superseded_job", "superseded_job", "superseded_by_job", "delete_superseded", "superseded"}
LISTED = {"timeout", "max_tries", "cpus_required", "mem_required", "disk_in_required", "disk_out_required"}
LISTED |= {"created", "queued", "started", "ended", "last_status_change", "last_modified"}
FURTHER = {
    "": {*SUPERSEDING, "input_files", "products"},
    "job": {*SUPERSEDING, *LISTED},
    "job_type": {"category", "author_name", "author_url", "revision_num", "max_scheduled"},
    "job_type_rev": {"job_type", "revision_num"},
    "event": {"type", "rule", "occurred", "description"},
    "rule": {"name", "configuration"},
    "node": {"pause_reason", "is_paused_errors", "last_offer"},
    "recipes": {
        "recipe_type_rev",
        "is_superseded",
        "root_superseded_recipe",
        "superseded_recipe",
        "superseded_by_recipe",
        "superseded",
    },
    "recipe_type": {"title"},
    "input_files": {"countries"},
    "value": {"countries", "has_been_published"},
}
"""Keys beyond the documents', by the name of the object (docs/spec/behaviour/keys-v3.md#objects)."""


def example(name: str) -> Any:
    """An example, for a list its first item."""
    result = json.loads((EXAMPLES / f"{name}.json").read_text())
    return result["results"][0] if "count" in result else result


def differences(shown: Any, provided: Any, path: str = "") -> Iterator[str]:
    """What is documented and not given, or given and neither documented nor known to have been."""
    if isinstance(shown, dict) and isinstance(provided, dict):
        yield from _between_objects(shown, provided, path)
    elif isinstance(shown, list) and isinstance(provided, list):
        if shown and not provided:
            yield f"{path}: is empty"
        yield from (difference for item in provided if shown for difference in differences(shown[0], item, path))
    elif shown is not None and type(shown) is not type(provided):
        yield f"{path}: {provided!r} is not like {shown!r}"
    elif isinstance(shown, str) and shown[-1:] == "Z" and not is_timestamp(provided):
        yield f"{path}: {provided!r} is no time"


def _between_objects(shown: dict[str, Any], provided: dict[str, Any], path: str) -> Iterator[str]:
    name = path.rpartition(".")[2]
    if name in FREE:
        return
    both = [key for key in provided if key in shown]
    if both != list(shown):
        yield f"{path}: {both}, but documented are {list(shown)}"
    further = set(provided) - set(shown) - FURTHER.get(name, set())
    if further:
        yield f"{path}: {sorted(further)} are not documented"
    for key in both:
        yield from differences(shown[key], provided[key], f"{path}.{key}" if path else key)
