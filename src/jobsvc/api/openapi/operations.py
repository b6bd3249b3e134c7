"""Operations: their parameters and answers, with what the framework cannot know put in."""

from typing import Any

from jobsvc.api.openapi.schemas import tidy, without_null
from jobsvc.api.responses import OpenApiMetadata

Json = dict[str, Any]
JSON = "application/json"
REPEATED = "Duplicate it to filter by multiple values."
AUTOMATIC = "HTTPValidationError"
"""The answer 422 that the framework would give to a request it cannot understand; here that is 400."""


def complete(operation: Json, texts: OpenApiMetadata) -> Json:
    """The operation with plain parameters, its answers in order, and the generation's examples."""
    examples = texts.examples.get(operation["operationId"], {})
    responses = {status: answer for status, answer in operation["responses"].items() if AUTOMATIC not in str(answer)}
    operation = {**operation, "parameters": [_parameter(item, texts) for item in operation.get("parameters", ())]}
    operation["responses"] = {status: _answer(responses[status], examples.get(status)) for status in sorted(responses)}
    if "requestBody" in operation:
        operation["requestBody"] = _body(operation["requestBody"], examples.get("request"))
    for status, links in texts.links.get(operation["operationId"], {}).items():
        operation["responses"][status]["links"] = links
    return operation


def _parameter(parameter: Json, texts: OpenApiMetadata) -> Json:
    """A parameter that is not sent is absent, never null; a repeated one is an array."""
    schema, _ = without_null(parameter["schema"])
    said = parameter.get("description") or texts.path_parameters.get(parameter["name"], "")
    inner = next((item.get("description", "") for item in parameter["schema"].get("anyOf", ())), "")
    schema = {name: value for name, value in tidy(schema).items() if name != "description"}
    is_repeated = schema.get("type") == "array"
    sentences = [said, inner, REPEATED if is_repeated and "uplicate" not in said else ""]
    schema |= {"default": default} if (default := parameter["schema"].get("default")) is not None else {}
    described = parameter | {"description": " ".join(filter(None, sentences)), "schema": schema}
    return described | ({"style": "form", "explode": True} if is_repeated else {})


def _answer(answer: Json, example: Any) -> Json:
    if "content" not in answer:
        return answer
    return answer | {
        "content": {kind: _media(media, example if kind == JSON else None) for kind, media in answer["content"].items()}
    }


def _body(body: Json, example: Any) -> Json:
    return body | {"content": {kind: _media(media, example) for kind, media in body["content"].items()}}


def _media(media: Json, example: Any) -> Json:
    media = media | ({"schema": tidy(media["schema"])} if "schema" in media else {})
    return media if example is None or "example" in media else media | {"example": example}
