"""A document as schemathesis needs it: with examples that fit what `tests/live.py` puts into the service, and events."""

import copy
from typing import Any

Json = dict[str, Any]
EVENTS = "text/event-stream"
ENDLESS = ("stream_events",)
"""Operations whose answers go on for ever: no tool reads them to their end."""
LONGEST_WAIT = 1
"""Seconds for which events are waited for: there are other things to try."""
PARAMETERS: dict[str, Any] = {
    "job_id": 1002,
    "exe_num": 1,
    "execution_id": 1002,
    "log_id": "combined",
    "error_id": 1002,
    "job_type_id": 1002,
    "revision_num": 1,
    "recipe_id": 1002,
    "batch_id": 1002,
    "node_id": 1001,
}
"""By the name of a part of a path: what is there from the beginning, so that no operation succeeds by luck alone."""
OF_OPERATIONS: dict[tuple[str, str], Any] = {
    ("search_logs", "q"): "words",
    ("search_logs", "started"): "P1D",
    **{(f"get_job_type{rest}", "name"): "plot" for rest in ("", "_revision")},
    **{(f"list_job_type_{rest}", "name"): "plot" for rest in ("versions", "revisions")},
    **{(operation, "version"): "1.0.0" for operation in ("get_job_type", "get_job_type_revision", "list_job_type_revisions")},
    **{(f"get_recipe_type{rest}", "name"): "yearly" for rest in ("", "_revision")},
    ("list_recipe_type_revisions", "name"): "yearly",
}


def with_stock(document: Json, directory: str) -> Json:
    """The document with examples of what is there; `directory` is one of the host that can be a workspace."""
    stocked = copy.deepcopy(document)
    stocked["paths"] = {path: operations for path, operations in stocked["paths"].items() if not endless({path: operations})}
    for operations in stocked["paths"].values():
        for operation in operations.values():
            _stock(operation, directory)
            for answer in operation["responses"].values():
                if EVENTS in answer.get("content", {}):
                    answer["content"][EVENTS] = {"itemSchema": _event(answer["content"][EVENTS]["schema"]["x-event-data"])}
    return stocked


def endless(paths: Json) -> list[str]:
    """The paths with an answer that goes on for ever."""
    return [path for path, operations in paths.items() if operations.get("get", {}).get("operationId") in ENDLESS]


def _stock(operation: Json, directory: str) -> None:
    for parameter in operation.get("parameters", ()):
        name = parameter["name"]
        by_name = PARAMETERS if parameter["in"] == "path" else {}
        example = OF_OPERATIONS.get((operation["operationId"], name), by_name.get(name))
        if example is not None:
            parameter["example"] = example
        if name == "wait":
            parameter["schema"]["maximum"] = LONGEST_WAIT
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
