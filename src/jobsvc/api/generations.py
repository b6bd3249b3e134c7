"""Which generation is served under which prefixes (docs/spec/behaviour/README.md#generations)."""

from dataclasses import dataclass
from functools import cached_property

from fastapi import APIRouter, FastAPI

from jobsvc.api.dispatch import Dispatch
from jobsvc.api.responses import OpenApiMetadata
from jobsvc.api.v3.openapi_metadata import METADATA as V3_TEXTS
from jobsvc.api.v3.routes import ROUTERS as V3
from jobsvc.api.v6.openapi_metadata import METADATA as V6_TEXTS
from jobsvc.api.v6.routes import ROUTERS as V6

NO_TEXTS = OpenApiMetadata()


@dataclass(frozen=True, eq=False)
class Generation:
    """One documented API shape: its routes, the prefix that it is described under, further ones, and what its document says."""

    name: str
    parts: tuple[APIRouter, ...]
    prefix: str
    aliases: tuple[str, ...] = ()
    texts: OpenApiMetadata = NO_TEXTS

    @cached_property
    def router(self) -> APIRouter:
        """All of its routes, as they are described."""
        router = APIRouter()
        for part in self.parts:
            router.include_router(part)
        return router


GENERATIONS = (
    Generation("v3", V3, "", ("/v3", "/v4", "/v5"), V3_TEXTS),
    Generation("v6", V6, "/v6", ("/v7",), V6_TEXTS),
)
"""The newest one stands last: `/openapi.json` and `/docs` show it."""


def mount(app: FastAPI) -> None:
    """Serve all generations under all of their prefixes."""
    dispatch = Dispatch()
    for generation in GENERATIONS:
        for prefix in (generation.prefix, *generation.aliases):
            for part in generation.parts:
                dispatch.add(part, prefix)
    app.router.routes.append(dispatch)
