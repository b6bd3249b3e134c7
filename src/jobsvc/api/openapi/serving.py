"""The documents as the service serves them: `/v6/openapi.json`, the page `/v6/docs`, and both at the root for the newest."""

from collections.abc import Callable, Sequence
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Query, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from jobsvc.api.context import json_response
from jobsvc.api.generations import Generation
from jobsvc.api.openapi.document import describe
from jobsvc.api.openapi.downgrade import downgrade
from jobsvc.api.permissions import public
from jobsvc.api.urls import base_url

Json = dict[str, Any]
OpenApiVersion = Annotated[Literal["3.0", "3.1"], Query(alias="openapi", description="The version of OpenAPI.")]
SCRIPTS = {
    "swagger-ui-bundle.js": "application/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}
SHOWN = {"tryItOutEnabled": True, "persistAuthorization": True, "filter": True, "displayRequestDuration": True}


def install(app: FastAPI, generations: Sequence[Generation]) -> None:
    """Serve the documents of the generations under all their prefixes; the last one is the newest."""
    for generation in generations:
        # Under its own name a generation is described as in the committed document, under an alias by the alias's paths.
        described = {alias: alias for alias in generation.aliases} | {f"/{generation.name}": generation.prefix}
        for prefix, paths in described.items():
            _serve(app, prefix, _document(generation, paths))
    _serve(app, "", _document(generations[-1], generations[-1].prefix))
    for name, media_type in SCRIPTS.items():
        app.add_api_route(f"/swagger/{name}", _script(name, media_type), include_in_schema=False)
    app.add_api_route("/", _to_docs(""), include_in_schema=False)


def _serve(app: FastAPI, prefix: str, document: Callable[..., Any]) -> None:
    app.add_api_route(f"{prefix}/openapi.json", document, include_in_schema=False)
    app.add_api_route(f"{prefix}/openapi.json/", document, include_in_schema=False)
    app.add_api_route(f"{prefix}/docs", _page("" if not prefix else "../"), include_in_schema=False)
    # The page's relative addresses are right at one place only.
    app.add_api_route(f"{prefix}/docs/", _to_docs(prefix), include_in_schema=False)


def _document(generation: Generation, prefix: str) -> Callable[..., Any]:
    @public
    async def document(request: Request, version: OpenApiVersion = "3.1") -> Response:
        # The first time it takes about a second, in which others want to be served.
        described = await run_in_threadpool(_described, generation, prefix, version)
        return json_response(described | {"servers": [{"url": base_url(request)}]})

    return document


@cache
def _described(generation: Generation, prefix: str, version: str) -> Json:
    """The document with paths below a prefix, in a version of OpenAPI; made once, for everybody may ask for it."""
    result = describe(generation)
    paths = {prefix + path.removeprefix(generation.prefix): item for path, item in result["paths"].items()}
    placed = result | {"paths": paths}
    return downgrade(placed) if version == "3.0" else placed


def _page(root: str) -> Callable[..., Any]:
    """A page with relative addresses: it does not matter under which prefix a gateway publishes it."""

    @public
    async def page() -> Response:
        return get_swagger_ui_html(
            openapi_url="openapi.json",
            title="jobsvc",
            swagger_js_url=f"{root}swagger/swagger-ui-bundle.js",
            swagger_css_url=f"{root}swagger/swagger-ui.css",
            swagger_favicon_url=f"{root}swagger/favicon-32x32.png",
            swagger_ui_parameters=SHOWN,
        )

    return page


def _script(name: str, media_type: str) -> Callable[..., Any]:
    @public
    async def script() -> Response:
        return Response((resources.files("fastapi_swagger.resources") / name).read_bytes(), media_type=media_type)

    return script


def _to_docs(prefix: str) -> Callable[..., Any]:
    @public
    async def to_docs(request: Request) -> Response:
        return RedirectResponse(f"{base_url(request)}{prefix}/docs")

    return to_docs
