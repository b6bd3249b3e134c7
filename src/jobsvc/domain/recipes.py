"""What a recipe's definition says of its nodes.

Definitions are stored as they came and made elsewhere: what is not as the documented system writes it is passed over.
"""

from collections.abc import Iterator, Mapping
from typing import Any


def dependencies_of(definition: Mapping[str, Any], node_name: str) -> list[dict[str, str]]:
    """What a node waits for: `[{"name": "other-node"}]`."""
    node = _nodes(definition).get(node_name)
    listed = node.get("dependencies") if isinstance(node, dict) else None
    names = [each.get("name") for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return [{"name": name} for name in names if isinstance(name, str)]


def job_types_of(definition: Mapping[str, Any]) -> set[tuple[str, str]]:
    """The job types at the nodes, as names and versions."""
    pairs = ((kind.get("job_type_name"), kind.get("job_type_version")) for kind in _node_types(definition))
    return {(name, version) for name, version in pairs if isinstance(name, str) and isinstance(version, str)}


def recipe_types_of(definition: Mapping[str, Any]) -> set[str]:
    """The names of the recipe types at the nodes."""
    names = (kind.get("recipe_type_name") for kind in _node_types(definition))
    return {name for name in names if isinstance(name, str)}


def _nodes(definition: Mapping[str, Any]) -> dict[str, Any]:
    nodes = definition.get("nodes")
    return nodes if isinstance(nodes, dict) else {}


def _node_types(definition: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for node in _nodes(definition).values():
        kind = node.get("node_type") if isinstance(node, dict) else None
        if isinstance(kind, dict):
            yield kind
