"""The API as an ASGI application."""

import asyncio
import gc
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi_swagger import patch_fastapi

from jobsvc import wiring
from jobsvc.api import errors, openapi
from jobsvc.api.generations import GENERATIONS
from jobsvc.api.middleware import AccessMiddleware, PathMiddleware
from jobsvc.api.v6.system import VERSION
from jobsvc.settings import Settings

GC_ALLOCATIONS = 20_000
"""Objects between two looks of the collector: more than a page of a list makes."""
DESCRIPTION = "Queues, runs, lists, inspects, cancels and requeues batch jobs and serves their execution logs."


def create_app(settings: Settings) -> FastAPI:
    """The service's API; its lifespan opens the database and runs the background loops."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with wiring.open_database(settings) as database:
            await wiring.ensure_defaults(settings, database)
            app.state.services = wiring.api_services(settings, database)
            background = asyncio.create_task(wiring.maintenance(settings, database).run())
            # What was imported lives for ever: the collector need not look at it again at every page.
            gc.collect()
            gc.freeze()
            gc.set_threshold(GC_ALLOCATIONS)
            yield
            background.cancel()
            await asyncio.gather(background, return_exceptions=True)

    return bare_app(tokens_of(settings), lifespan=lifespan, root_path=settings.root_path)


def bare_app(tokens: dict[str, str], *, root_path: str = "", **options: object) -> FastAPI:
    """Routes, errors and middleware without services (they are put on `app.state.services`)."""
    about = {"title": "jobsvc", "version": VERSION, "description": DESCRIPTION}
    pages = {"docs_url": None, "redoc_url": None, "swagger_ui_oauth2_redirect_url": None, "redirect_slashes": False}
    app = FastAPI(**about, **pages, **options)  # type: ignore[arg-type]
    patch_fastapi(app)
    for generation in GENERATIONS:
        app.include_router(generation.router, prefix=generation.prefix)
        for alias in generation.aliases:
            app.include_router(generation.router, prefix=alias, include_in_schema=False)
    errors.install(app)
    openapi.install(app)
    app.add_middleware(AccessMiddleware, tokens=tokens)
    app.add_middleware(PathMiddleware, root_path=root_path)
    return app


def tokens_of(settings: Settings) -> dict[str, str]:
    """Names and digests of the tokens that may call."""
    pairs = (entry.partition(":") for entry in settings.tokens)
    return {name: digest.lower() for name, _, digest in pairs}


def openapi_documents() -> dict[str, str]:
    """The OpenAPI document of each generation as the text of a file, by the generation's name."""
    document = bare_app({}).openapi()
    return {
        generation.name: json.dumps(openapi.part(document, generation.prefix), indent=2, ensure_ascii=False) + "\n"
        for generation in GENERATIONS
    }
