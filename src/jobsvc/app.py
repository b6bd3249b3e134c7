"""The API as an ASGI application."""

import asyncio
import gc
import json
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from ipaddress import ip_network

import uvicorn
from fastapi import FastAPI

from jobsvc import opening, wiring
from jobsvc.api import errors, generations, metrics_page, openapi
from jobsvc.api.context import Services
from jobsvc.api.cross_origin import CrossOriginMiddleware
from jobsvc.api.hosts import Hosts
from jobsvc.api.identity import AccessOptions, Identifier
from jobsvc.api.middleware import AccessMiddleware, FailureMiddleware, HostMiddleware, PathMiddleware
from jobsvc.api.permissions import guard_all
from jobsvc.api.probes import Probes
from jobsvc.api.proxy_identity import ProxyIdentity
from jobsvc.api.rate_limits import LimitOptions
from jobsvc.api.request_log import AccessLog, RequestMiddleware
from jobsvc.console import routes as console
from jobsvc.domain.access import Principal, Role, Source
from jobsvc.ports.log_store import LogStore
from jobsvc.server.serving import Server
from jobsvc.services.threads import begin_threads
from jobsvc.settings import Settings

GC_ALLOCATIONS = 20_000
"""Objects between two looks of the collector: more than a page of a list makes."""

UNLIMITED = LimitOptions()
IN_PROCESS = Hosts([ip_network("127.0.0.0/8")])
"""Whoever calls an application without a server is believed: it is a part of its own process."""


def create_app(settings: Settings, meanwhile: opening.Meanwhile | None = None) -> FastAPI:
    """The service's API; its lifespan opens the database and runs the background loops.

    `meanwhile`: what it does for as long as it waits for the schema of the database, if the settings let it wait.
    """
    access = access_options(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        begin_threads()
        async with opening.open_database(settings, meanwhile) as database:
            await wiring.ensure_defaults(settings, database)
            log_store = wiring.open_log_store(settings, database)
            app.state.services = wiring.api_services(settings, database, log_store)
            background = asyncio.gather(
                wiring.maintenance(settings, database, log_store).run(), app.state.services.metrics.watch()
            )
            await wiring.log_start(database, part="api", processes=settings.processes)
            # What was imported lives for ever: the collector need not look at it again at every page.
            gc.collect()
            gc.freeze()
            gc.set_threshold(GC_ALLOCATIONS)
            yield
            background.cancel()
            await asyncio.gather(background, return_exceptions=True)
            await _close(access, app.state.services, log_store)
            wiring.log_stop(part="api")

    return bare_app(
        {},
        access=access,
        limits=LimitOptions(settings.rate_limit, settings.wrong_tokens_limit),
        root_path=settings.root_path,
        hosts=_hosts(settings),
        access_log=AccessLog(settings.access_log),
        lifespan=lifespan,
    )


async def _close(access: AccessOptions, services: Services, log_store: LogStore) -> None:
    """Close what the API has opened, but for the database."""
    if access.oidc is not None:
        await access.oidc.provider.close()
    await services.audit.close()
    await log_store.close()


def _hosts(settings: Settings) -> Hosts:
    """By whom and by what names the API may be called."""
    proxies = [ip_network(entry) for entry in settings.trusted_proxies]
    return Hosts(proxies, is_loopback_only=not settings.needs_credentials, origins=settings.cors_origins)


async def serve(
    app: FastAPI, config: uvicorn.Config, sockets: list[socket.socket], stop_with: Callable[[Callable[[], None]], None]
) -> None:
    """Answer on these sockets; `stop_with` is called with what ends that, once everything is there that it takes."""

    def begin_stopping() -> None:
        app.state.services.health.begin_stopping()
        # Those who follow a log or events come back when the service does.
        app.state.services.log_tail.close()
        app.state.services.events.close()

    async with app.router.lifespan_context(app):
        server = Server(config, begin_stopping)
        stop_with(server.stop)
        await server.serve(sockets)


def bare_app(
    tokens: Mapping[str, str],
    *,
    access: AccessOptions | None = None,
    limits: LimitOptions = UNLIMITED,
    root_path: str = "",
    hosts: Hosts = IN_PROCESS,
    access_log: AccessLog = AccessLog.OFF,
    **options: object,
) -> FastAPI:
    """Routes, errors and middleware without services (they are put on `app.state.services`).

    `tokens` are those of administrators: names and digests; `access` says more than them.
    """
    # Each generation has a document of its own; the framework's would mix them.
    app = FastAPI(openapi_url=None, redirect_slashes=False, **options)  # type: ignore[arg-type]
    generations.mount(app)
    errors.install(app)
    openapi.install(app, generations.GENERATIONS)
    metrics_page.install(app)
    guard_all(app.routes)
    console.install(app)
    access = access or AccessOptions.of_tokens(tokens)
    app.state.sign_in = access.sign_in
    app.state.identity_headers = access.proxy.headers if access.proxy else frozenset()
    app.add_middleware(AccessMiddleware, identifier=Identifier(access, hosts.proxies), hosts=hosts, limits=limits)
    app.add_middleware(HostMiddleware, hosts=hosts)
    app.add_middleware(Probes)
    app.add_middleware(PathMiddleware, root_path=root_path)
    app.add_middleware(FailureMiddleware)
    if hosts.origins:
        app.add_middleware(CrossOriginMiddleware, origins=hosts.origins)
    app.add_middleware(RequestMiddleware, hosts=hosts, access_log=access_log)
    return app


def access_options(settings: Settings) -> AccessOptions:
    """Who may call, as the settings say."""
    oidc = wiring.token_verifier(settings)
    return AccessOptions(
        principals=dict(_static(entry) for entry in settings.tokens),
        is_open=not settings.needs_credentials,
        is_public=settings.public_read,
        oidc=oidc,
        sign_in=wiring.code_flow(settings, oidc),
        proxy=_proxy_identity(settings),
    )


def _proxy_identity(settings: Settings) -> ProxyIdentity | None:
    """How a gateway says who calls, if it does."""
    if settings.proxy_user_header is None:
        return None
    rules = wiring.claim_rules(settings.proxy_roles, settings.proxy_default_role, Source.PROXY)
    roles_header = settings.proxy_roles_header
    return ProxyIdentity(settings.proxy_user_header.lower(), roles_header.lower() if roles_header else None, rules)


def _static(entry: str) -> tuple[str, Principal]:
    """Digest and owner of a token of the setting: `name:sha256`, or `name:role:sha256`."""
    *names, digest = entry.split(":")
    name, role = (*names, Role.ADMIN)[:2]
    return digest.lower(), Principal(name, Role(role))


def openapi_documents() -> dict[str, str]:
    """The OpenAPI document of each generation as the text of a file, by the generation's name."""
    return {
        generation.name: json.dumps(openapi.describe(generation), indent=2, ensure_ascii=False) + "\n"
        for generation in generations.GENERATIONS
    }
