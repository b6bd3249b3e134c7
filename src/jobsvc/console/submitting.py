"""A form for a new job, made from the manifest of its type."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from jobsvc.console.calling import Api, Refused
from jobsvc.console.job_types import path_of
from jobsvc.console.pages import form_of, number_or_text, render, to

READ_AS_JSON = frozenset({"integer", "number", "boolean", "array", "object"})


async def form(request: Request, api: Api) -> Response:
    """The form; with `from`, as another job was submitted."""
    job_type = await api.get(path_of(request))
    earlier = request.query_params.get("from", "")
    fields: list[tuple[str, str]] = []
    if earlier.isdigit():
        job = await api.get(f"/v6/jobs/{earlier}/")
        fields = _fields_of(job["input"] or {})
        api.calls.pop()
    return await _form(request, api, job_type, fields)


async def submit(request: Request, api: Api) -> Response:
    """Submit the job, or show what is wrong at its field."""
    fields = await form_of(request)
    job_type = await api.get(path_of(request))
    try:
        job = (await api.send("POST", "/v6/jobs/", _definition(job_type, fields))).json()
    except Refused as refused:
        return await _form(request, api, job_type, fields, refused)
    return to(request, f"jobs/{job['id']}/")


async def _form(
    request: Request, api: Api, job_type: dict[str, Any], fields: list[tuple[str, str]], refused: Refused | None = None
) -> Response:
    inputs = _inputs(job_type)
    detail = refused.detail if refused else ""
    names = [item["name"] for kind in ("files", "json") for item in inputs.get(kind, [])]
    return await render(
        request,
        api,
        "submit.html",
        refused.status if refused else 200,
        type=job_type,
        inputs=inputs,
        values=_grouped(fields),
        problem=detail,
        faulty=[name for name in names if detail and f"{name}" in detail.replace(":", " ").replace(".", " ").split()],
    )


def _definition(job_type: dict[str, Any], fields: list[tuple[str, str]]) -> dict[str, Any]:
    """The body of the request; what was left empty is not sent."""
    values = _grouped(fields)
    inputs = _inputs(job_type)
    files = {item["name"]: _ids(values.get(f"file.{item['name']}", [])) for item in inputs.get("files", [])}
    plain = {item["name"]: _value(item, values.get(f"json.{item['name']}", [])) for item in inputs.get("json", [])}
    body: dict[str, Any] = {
        "job_type_id": job_type["id"],
        "input": {
            "files": {name: ids for name, ids in files.items() if ids},
            "json": {name: value for name, value in plain.items() if value is not None},
        },
    }
    if priority := "".join(values.get("priority", [])).strip():
        body["configuration"] = {"priority": number_or_text(priority)}
    return body


def _value(item: dict[str, Any], texts: list[str]) -> Any:
    text = "".join(texts)
    if not text.strip():
        return None
    if item.get("type", "string") not in READ_AS_JSON:
        return text
    try:
        return json.loads(text)
    except ValueError as exc:
        raise Refused(400, f"{item['name']}: must be {item['type']}, as JSON writes it.") from exc


def _ids(texts: list[str]) -> list[int | str]:
    words = " ".join(texts).replace(",", " ").split()
    return [number_or_text(word) for word in words]


def _inputs(job_type: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    inputs: dict[str, list[dict[str, Any]]] = job_type["manifest"]["job"].get("interface", {}).get("inputs", {})
    return inputs


def _fields_of(data: dict[str, Any]) -> list[tuple[str, str]]:
    """The fields of the form for which this would be the input."""
    files = [(f"file.{name}", " ".join(map(str, ids))) for name, ids in (data.get("files") or {}).items()]
    plain = [
        (f"json.{name}", value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for name, value in (data.get("json") or {}).items()
    ]
    return files + plain


def _grouped(fields: list[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in fields:
        grouped.setdefault(name, []).append(value)
    return grouped
