"""Registering a job type: by pasting its manifest, or by the name of an image that carries it."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from jobsvc.console.calling import Api, Refused
from jobsvc.console.job_types import address_of
from jobsvc.console.pages import form_of, render, to

EXAMPLE = {
    "seedVersion": "1.0.0",
    "job": {
        "name": "hello",
        "jobVersion": "1.0.0",
        "packageVersion": "1.0.0",
        "title": "Hello",
        "description": "Greets somebody.",
        "maintainer": {"name": "Jane Doe", "email": "jane@example.com"},
        "timeout": 60,
        "interface": {
            "command": "echo Hello, ${NAME}!",
            "inputs": {"json": [{"name": "NAME", "type": "string"}]},
        },
        "resources": {"scalar": [{"name": "cpus", "value": 0.1}, {"name": "mem", "value": 16}]},
    },
}


async def form(request: Request, api: Api) -> Response:
    """The empty form, with a manifest to begin with."""
    return await _form(request, api, {"manifest": json.dumps(EXAMPLE, indent=2)})


async def register(request: Request, api: Api) -> Response:
    """Register what was sent, or say what is wrong with it."""
    fields = dict(await form_of(request))
    try:
        job_type = (await api.send("POST", "/v6/job-types/", _definition(fields))).json()
    except Refused as refused:
        return await _form(request, api, fields, refused.detail, refused.status)
    return to(request, address_of(job_type))


async def _form(request: Request, api: Api, fields: dict[str, str], problem: str = "", status: int = 200) -> Response:
    return await render(request, api, "register.html", status, fields=fields, problem=problem)


def _definition(fields: dict[str, str]) -> dict[str, Any]:
    """What the form defines; raises Refused."""
    if fields.get("docker_image", "").strip():
        return {"docker_image": fields["docker_image"].strip(), "configuration": _document(fields, "configuration") or None}
    return {"manifest": _document(fields, "manifest"), "configuration": _document(fields, "configuration") or None}


def _document(fields: dict[str, str], name: str) -> dict[str, Any]:
    text = fields.get(name, "").strip()
    try:
        document = json.loads(text or "{}")
    except ValueError as exc:
        raise Refused(400, f"{name}: is not JSON: {exc}.") from exc
    if not isinstance(document, dict):
        raise Refused(400, f"{name}: must be a JSON object.")
    return document
