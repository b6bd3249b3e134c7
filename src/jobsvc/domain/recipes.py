"""What a recipe's definition says of its nodes.

Definitions are stored as they came and made elsewhere: what is not as the documented system writes it is passed over.
"""

from collections.abc import Iterator, Mapping
from typing import Any


def dependencies_of(definition: Mapping[str, Any], node_name: str) -> list[dict[str, str]]:
    """What a node waits for: `[{"name": "other-node"}]`."""
    listed = next((node.get("dependencies") for name, node in _nodes(definition) if name == node_name), None)
    names = [item.get("name") for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    return [{"name": name} for name in names if isinstance(name, str)]


def job_types_of(definition: Mapping[str, Any]) -> set[tuple[str, str]]:
    """The job types at the nodes, as names and versions."""
    pairs = [(kind.get("job_type_name"), kind.get("job_type_version")) for kind in _parts(definition, "node_type")]
    pairs += [(kind.get("name"), kind.get("version")) for kind in _parts(definition, "job_type")]
    return {(name, version) for name, version in pairs if isinstance(name, str) and isinstance(version, str)}


def recipe_types_of(definition: Mapping[str, Any]) -> set[str]:
    """The names of the recipe types at the nodes."""
    names = (kind.get("recipe_type_name") for kind in _parts(definition, "node_type"))
    return {name for name in names if isinstance(name, str)}


def _nodes(definition: Mapping[str, Any]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The nodes with their names: `nodes` by name, and the `jobs` of definitions of version 1.0, which carry theirs."""
    nodes, jobs = definition.get("nodes"), definition.get("jobs")
    named = list(nodes.items()) if isinstance(nodes, dict) else []
    named += [(job.get("name"), job) for job in jobs if isinstance(job, dict)] if isinstance(jobs, list) else []
    return ((name, node) for name, node in named if isinstance(node, dict))


def _parts(definition: Mapping[str, Any], key: str) -> Iterator[dict[str, Any]]:
    """What the nodes hold under a key, where that is an object."""
    values = (node.get(key) for _, node in _nodes(definition))
    return (value for value in values if isinstance(value, dict))
