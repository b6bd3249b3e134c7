"""Which generation is served under which prefixes (docs/spec/behaviour/README.md#generations)."""

from dataclasses import dataclass

from fastapi import APIRouter, FastAPI

from jobsvc.api.responses import OpenApiMetadata
from jobsvc.api.v3.openapi_metadata import METADATA as V3_TEXTS
from jobsvc.api.v3.routes import router as v3
from jobsvc.api.v6.openapi_metadata import METADATA as V6_TEXTS
from jobsvc.api.v6.routes import router as v6

NO_TEXTS = OpenApiMetadata()


@dataclass(frozen=True, eq=False)
class Generation:
    """One documented API shape: its routes, the prefix that it is described under, further ones, and what its document says."""

    name: str
    router: APIRouter
    prefix: str
    aliases: tuple[str, ...] = ()
    texts: OpenApiMetadata = NO_TEXTS


GENERATIONS = (
    Generation("v3", v3, "", ("/v3", "/v4", "/v5"), V3_TEXTS),
    Generation("v6", v6, "/v6", ("/v7",), V6_TEXTS),
)
"""The newest one stands last: `/openapi.json` and `/docs` show it."""


def mount(app: FastAPI) -> None:
    """Serve all generations under all of their prefixes."""
    # The newest first: routes are tried one after the other, and it is asked most.
    for generation in reversed(GENERATIONS):
        for prefix in (generation.prefix, *generation.aliases):
            app.include_router(generation.router, prefix=prefix)
