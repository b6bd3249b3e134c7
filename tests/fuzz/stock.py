"""A document as schemathesis needs it: with examples that fit what `tests/live.py` puts into the service, and events."""

import copy
from typing import Any

Json = dict[str, Any]
EVENTS = "text/event-stream"
PARAMETERS: dict[tuple[str, str], Any] = {
    ("get_execution_log", "execution_id"): 1002,
    ("get_execution_log", "log_id"): "combined",
    ("get_execution_logs", "execution_id"): 1002,
    ("get_recipe", "recipe_id"): 1001,
    ("stream_execution_log", "execution_id"): 1002,
    ("search_logs", "q"): "words",
    ("search_logs", "started"): "P1D",
}


def with_stock(document: Json, directory: str) -> Json:
    """The document with examples of what is there; `directory` is one of the host that can be a workspace."""
    stocked = copy.deepcopy(document)
    for operations in stocked["paths"].values():
        for operation in operations.values():
            _stock(operation, directory)
            for answer in operation["responses"].values():
                if EVENTS in answer.get("content", {}):
                    answer["content"][EVENTS] = {"itemSchema": _event(answer["content"][EVENTS]["schema"]["x-event-data"])}
    return stocked


def _stock(operation: Json, directory: str) -> None:
    for parameter in operation.get("parameters", ()):
        key = (operation["operationId"], parameter["name"])
        if key in PARAMETERS:
            parameter["example"] = PARAMETERS[key]
    if operation["operationId"] == "create_workspace":
        broker = {"type": "host", "host_path": directory}
        body = operation["requestBody"]["content"]["application/json"]
        body["example"] = {"title": "Fuzz", "configuration": {"broker": broker}}


def _event(shapes: Json) -> Json:
    """The schema of one event; OpenAPI 3.1, which the document is, has no place for it."""

    def event(name: str, shape: Json) -> Json:
        data = {"type": "string", "contentMediaType": "application/json", "contentSchema": shape}
        return {"type": "object", "properties": {"event": {"const": name}, "data": data}, "required": ["event", "data"]}

    return {"oneOf": [event(name, shape) for name, shape in shapes.items()]}
