"""Which page is where."""

from importlib import resources

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route

from jobsvc.api.urls import base_url
from jobsvc.console import (
    access,
    bulk,
    files,
    job,
    job_types,
    jobs,
    logs,
    nodes,
    overview,
    policies,
    provider,
    registering,
    retention,
    saved_views,
    searching,
    signing_in,
    submitting,
    webhooks,
)
from jobsvc.console.pages import Endpoint, page
from jobsvc.console.passing import Passing
from jobsvc.console.rendering import static_address

STATIC = {"console.css": "text/css", "console.js": "text/javascript", "log.js": "text/javascript", "icon.svg": "image/svg+xml"}
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
OF_ANOTHER = FOR_EVER | {"Cache-Control": "no-store"}
NOT_THERE = 404


async def static_file(request: Request) -> Response:
    """A script, a style sheet, or a picture."""
    name = request.path_params["name"]
    if name not in STATIC:
        return Response(status_code=NOT_THERE)
    content = (resources.files("jobsvc.console") / "static" / name).read_bytes()
    # While versions are replaced, a page of one may ask another one: what it gets must not stay by the name of what it wanted.
    is_asked_for = static_address(name) == f"static/{name}?{request.url.query}"
    return Response(content, headers=FOR_EVER if is_asked_for else OF_ANOTHER, media_type=STATIC[name])


async def front_door(request: Request) -> Response:
    """People are led to the console, programs to the documentation."""
    page_of = "console/" if "text/html" in request.headers.get("accept", "") else "docs"
    return RedirectResponse(f"{base_url(request)}/{page_of}", headers={"Vary": "Accept"})


PAGES: tuple[tuple[str, str, Endpoint], ...] = (
    ("GET", "/", page(overview.overview)),
    ("GET", "/jobs/", page(jobs.list_page)),
    ("POST", "/jobs/", page(saved_views.change)),
    ("GET", "/jobs/{job_id:int}/", page(job.details)),
    ("POST", "/jobs/{job_id:int}/", page(job.change)),
    ("POST", "/jobs/{job_id:int}/labels/", page(job.change_labels)),
    ("POST", "/jobs/{job_id:int}/hold/", page(retention.change_hold)),
    ("GET", "/executions/{execution_id:int}/log/", page(logs.log_page)),
    ("GET", "/search/", page(searching.search)),
    ("GET", "/job-types/", page(job_types.list_page)),
    ("GET", "/job-types/register/", page(registering.form)),
    ("POST", "/job-types/register/", page(registering.register)),
    ("GET", "/job-types/{name}/{version}/", page(job_types.details)),
    ("POST", "/job-types/{name}/{version}/", page(job_types.change)),
    ("POST", "/job-types/{name}/{version}/retention/", page(retention.change_type)),
    ("GET", "/job-types/{name}/{version}/submit/", page(submitting.form)),
    ("POST", "/job-types/{name}/{version}/submit/", page(submitting.submit)),
    ("GET", "/bulk/", page(bulk.history)),
    ("POST", "/bulk/", page(bulk.start)),
    ("GET", "/bulk/preview/", page(bulk.preview)),
    ("GET", "/bulk/{operation_id:int}/", page(bulk.details)),
    ("POST", "/bulk/{operation_id:int}/stop/", page(bulk.stop)),
    ("GET", "/nodes/", page(nodes.list_page)),
    ("POST", "/nodes/{node_id:int}/", page(nodes.change)),
    ("POST", "/scheduler/", page(nodes.change_scheduler)),
    ("GET", "/files/", page(files.list_page)),
    ("GET", "/files/{file_id:int}/", page(files.details)),
    ("GET", "/workspaces/", page(files.workspaces)),
    ("GET", "/errors/", page(job_types.errors)),
    ("GET", "/tokens/", page(access.tokens)),
    ("POST", "/tokens/", page(access.make_token)),
    ("POST", "/tokens/{token_id:int}/revoke/", page(access.revoke_token)),
    ("GET", "/audit/", page(access.audit)),
    ("GET", "/retention/", page(retention.preview)),
    ("POST", "/retention/", page(retention.purge)),
    ("GET", "/policies/", page(policies.list_page)),
    ("POST", "/policies/", page(policies.make)),
    ("GET", "/policies/{name}/", page(policies.details)),
    ("POST", "/policies/{name}/", page(policies.change)),
    ("GET", "/webhooks/", page(webhooks.list_page)),
    ("POST", "/webhooks/", page(webhooks.make)),
    ("GET", "/webhooks/{webhook_id:int}/", page(webhooks.details)),
    ("POST", "/webhooks/{webhook_id:int}/", page(webhooks.change)),
    ("POST", "/webhooks/{webhook_id:int}/deliveries/{delivery_id:int}/", page(webhooks.redeliver)),
    ("GET", "/sign-in/", signing_in.sign_in_page),
    ("POST", "/sign-in/", signing_in.signed_in),
    ("GET", "/sign-in/oidc/", provider.begin),
    ("GET", "/sign-in/oidc/back/", provider.back),
    ("GET", "/sign-in/oidc/out/", provider.out),
    ("POST", "/sign-out/", signing_in.signed_out),
    ("GET", "/static/{name}/", static_file),
)


def install(app: FastAPI) -> None:
    """Serve the console below `/console/`."""
    app.router.routes.insert(0, Mount("/console/api", Passing(app)))
    app.router.routes.insert(0, Route("/", front_door))
    for method, path, endpoint in PAGES:
        app.router.routes.append(Route(f"/console{path}", endpoint, methods=[method]))
