"""Retry policies: which there are, what their rules say, what they would have done, and which job types name them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from jobsvc.console.calling import Api, Refused
from jobsvc.console.jobs import paged
from jobsvc.console.pages import form_of, number_or_text, render, to
from jobsvc.console.policy_rules import CAUSES, GROWN, LIMITS, NUMBERS, concise, limit_of, rule_of, summary
from jobsvc.console.rendering import segment

POLICIES = "/v6/retry-policies/"
OF_PAGE = frozenset({"page", "page_size"})
EXAMPLE = json.dumps([{"causes": ["oom"], "memory": {"factor": 2, "max": 8192}, "max_tries": 5}], indent=2)
TYPES = [("is_active", "true"), ("page_size", "1000")]
_TYPE = re.compile(r"[^/?#]+/[^/?#]+")
_IN_RULE = re.compile(r"rules\[\d+\]\.(\w+)(?:\.(\w+))?")
_IN_LIMIT = re.compile(r"(budget|breaker)\.([a-z_]+)")
BAD_REQUEST, NOT_FOUND = 400, 404


@dataclass(frozen=True)
class Shown:
    """What a page shows beside what is stored: what somebody wrote, what is wrong with it, and what was tried."""

    fields: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    at: str = ""
    """The field that the problem is about; empty where it is about none."""
    status: int = 200
    simulation: Mapping[str, Any] | None = None


async def list_page(request: Request, api: Api, shown: Shown | None = None) -> Response:
    """All policies, and a form for another one."""
    answer = await api.get(POLICIES, [pair for pair in request.query_params.multi_items() if pair[0] in OF_PAGE])
    shown = shown or Shown({"rules": EXAMPLE})
    return await render(request, api, "policies.html", shown.status, **paged(answer, "policies"), shown=shown)


async def make(request: Request, api: Api) -> Response:
    """Make a policy, or say what is wrong with it."""
    fields = dict(await form_of(request))
    name = fields.get("name", "").strip()
    try:
        await _require_new(api, name)
        await api.send("PUT", f"{POLICIES}{segment(name)}/", _members(fields))
    except Refused as refused:
        return await list_page(request, api, _refused(refused, fields))
    return to(request, f"policies/{segment(name)}/")


async def details(request: Request, api: Api, shown: Shown | None = None) -> Response:
    """A policy with its rules, the job types that name it, and what may be done with it."""
    policy = await api.get(_path(request))
    types = await api.get("/v6/job-types/", TYPES)
    others = await api.get(POLICIES, [("page_size", "1000")])
    shown = shown or Shown()
    return await render(
        request,
        api,
        "policy.html",
        shown.status,
        policy=policy,
        rules=[summary(rule) for rule in policy["rules"]],
        written=json.dumps(concise(policy["rules"]), indent=2, ensure_ascii=False),
        types=types["results"],
        others=[item["name"] for item in others["results"] if item["name"] != policy["name"]],
        shown=shown,
        numbers=NUMBERS,
        grown=GROWN,
        causes=CAUSES,
        limits=LIMITS,
    )


async def change(request: Request, api: Api) -> Response:
    """Do what a button of the page says; what cannot be done is said at its field."""
    fields = dict(await form_of(request))
    try:
        return await _changed(request, api, fields)
    except Refused as refused:
        if refused.status == NOT_FOUND:
            raise
        return await details(request, api, _refused(refused, fields))


async def _changed(request: Request, api: Api, fields: dict[str, str]) -> Response:
    action, _, place = fields.get("change", "").partition("-")
    if action == "simulate":
        return await details(request, api, Shown(fields, simulation=await _simulated(request, api, fields)))
    if action == "delete":
        replacement = fields.get("replacement", "")
        query = f"?replacement={segment(replacement)}" if replacement else ""
        await api.send("DELETE", f"{_path(request)}{query}", {})
        return to(request, "policies/")
    if action in {"attach", "detach"}:
        await _attach(request, api, fields, is_attached=action == "attach")
    else:
        await api.send("PUT", _path(request), await _next(request, api, fields, action, place))
    return to(request, f"policies/{segment(request.path_params['name'])}/")


async def _next(request: Request, api: Api, fields: dict[str, str], action: str, place: str) -> dict[str, Any]:
    """The policy as it is to be: as it was written, or with a rule more, less, or earlier."""
    if action == "save":
        return _members(fields)
    policy = await api.get(_path(request))
    rules, index = concise(policy["rules"]), int(place) if place.isdecimal() else -1
    if action == "add":
        rules.append(rule_of(fields))
    elif not 0 <= index < len(rules):
        raise Refused(BAD_REQUEST, "The policy has no such rule any more: look at it again.")
    elif action == "remove":
        del rules[index]
    else:
        rules.insert(max(index - 1, 0), rules.pop(index))
    return {"description": policy["description"], "rules": rules, **{name: policy[name] for name in LIMITS}}


async def _simulated(request: Request, api: Api, fields: Mapping[str, str]) -> Mapping[str, Any]:
    """What the stored rules, or those that were written, would have done with the last failures."""
    names = fields.get("job_type_names", "").replace(",", " ").split()
    trial: dict[str, Any] = {"limit": number_or_text(fields.get("limit", "").strip() or "1000"), "job_type_names": names or None}
    path = f"{_path(request)}simulate/"
    if "rules" in fields:
        path, trial = f"{POLICIES}simulate/", trial | {"rules": _rules(fields)}
    simulation: Mapping[str, Any] = (await api.send("POST", path, trial)).json()
    return simulation


async def _attach(request: Request, api: Api, fields: Mapping[str, str], *, is_attached: bool) -> None:
    """Have a job type name the policy, with the limits that it has, or no policy any more."""
    job_type = fields.get("job_type", "")
    if not _TYPE.fullmatch(job_type):
        raise Refused(BAD_REQUEST, "job_type: choose one.")
    path, retries = f"/v6/job-types/{job_type}/", None
    if is_attached:
        stored = (await api.get(path))["configuration"].get("retries") or {}
        retries = {**stored, "policy": request.path_params["name"]}
    await api.send("PATCH", path, {"retries": retries})


async def _require_new(api: Api, name: str) -> None:
    """Raise Refused where a form for a new policy would change one that there is."""
    if not name:
        raise Refused(BAD_REQUEST, "name: is required.")
    try:
        await api.get(f"{POLICIES}{segment(name)}/")
    except Refused as refused:
        if refused.status == NOT_FOUND:
            return
        raise
    raise Refused(BAD_REQUEST, f"name: there is a policy {name}: open it to change it.")


def _path(request: Request) -> str:
    return f"{POLICIES}{segment(request.path_params['name'])}/"


def _members(fields: Mapping[str, str]) -> dict[str, Any]:
    return {"description": fields.get("description", "").strip(), "rules": _rules(fields)} | {
        name: limit_of(fields, name) for name in LIMITS
    }


def _rules(fields: Mapping[str, str]) -> Any:
    """The rules as they were written, alone or within a whole policy; raises Refused."""
    try:
        document = json.loads(fields.get("rules", "").strip() or "[]")
    except ValueError as exc:
        raise Refused(BAD_REQUEST, f"rules: is not JSON: {exc}.") from exc
    return document["rules"] if isinstance(document, dict) and "rules" in document else document


def _refused(refused: Refused, fields: Mapping[str, str]) -> Shown:
    """The problem at the field that it is about: in the form for one rule at that of its member."""
    at = re.split(r"[^a-z_]", refused.detail, maxsplit=1)[0]
    if limit := _IN_LIMIT.match(refused.detail):
        at = "_".join(limit.groups())
    if fields.get("change") == "add" and (member := _IN_RULE.match(refused.detail)):
        at = "_".join(filter(None, member.groups()))
        at = {"exit_code_ranges_first": "exit_codes", "exit_code_ranges": "exit_codes"}.get(at, at)
    if fields.get("change", "").startswith("delete"):
        at = "replacement"
    return Shown(fields, refused.detail, at, refused.status)
