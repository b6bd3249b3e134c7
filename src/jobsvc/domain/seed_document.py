"""The Seed manifest as a document: is it valid, and what does it say once every default is written in."""

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, TypeChecker
from jsonschema.exceptions import best_match
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.json_types import JsonObject
from jobsvc.domain.seed_rules import check_rules
from jobsvc.domain.seed_schema import SEED_SCHEMA, Schema
from jobsvc.domain.validation import location, read_object

_LONGEST_MESSAGE = 300


def normalise(document: object) -> JsonObject:
    """A copy of the manifest with every default written in, which is what is stored and returned.

    Sections that are absent stay absent. InvalidRequest naming the member when it is no valid manifest.
    """
    members = read_object(document, "manifest")
    error = best_match(_validator().iter_errors(members))
    if error is not None:
        place = location("manifest", error.absolute_path)
        raise InvalidRequest(f"{place}: {error.message[:_LONGEST_MESSAGE]}")
    manifest: dict[str, Any] = _with_defaults(members, SEED_SCHEMA)
    _default_to_name(manifest["job"])
    check_rules(manifest)
    return manifest


@cache
def _validator() -> Validator:
    checker = Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer)
    strict: type[Validator] = extend(Draft202012Validator, type_checker=checker)  # type: ignore[no-untyped-call]
    return strict(SEED_SCHEMA)


def _is_integer(_: TypeChecker, value: object) -> bool:
    # JSON Schema takes 1.0 for an integer; here it would be stored, and returned, as it came.
    return isinstance(value, int) and not isinstance(value, bool)


def _with_defaults(value: Any, schema: Schema) -> Any:
    if isinstance(value, list):
        return [_with_defaults(item, schema["items"]) for item in value]
    if not isinstance(value, dict):
        return value
    properties: dict[str, Schema] = schema["properties"]
    defaults = {name: part["default"] for name, part in properties.items() if "default" in part}
    return {name: _with_defaults(member, properties[name]) for name, member in (defaults | value).items()}


def _default_to_name(job: dict[str, Any]) -> None:
    for error in job.get("errors", ()):
        error.setdefault("title", error["name"])
    for output in job.get("interface", {}).get("outputs", {}).get("json", ()):
        output.setdefault("key", output["name"])
