"""Which generation is served under which prefixes (behaviour.md, section 1)."""

from dataclasses import dataclass

from fastapi import APIRouter

from jobsvc.api.v6.routes import router as v6


@dataclass(frozen=True)
class Generation:
    """One documented API shape: its routes, the prefix that it is described under, and further ones."""

    name: str
    router: APIRouter
    prefix: str
    aliases: tuple[str, ...] = ()


GENERATIONS = (Generation("v6", v6, "/v6", ("/v7",)),)
