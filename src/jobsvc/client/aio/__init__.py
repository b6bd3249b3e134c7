"""The client for asyncio. `jobsvc.client.sync` is generated from this package: `make client`."""

from jobsvc.client.aio.client import AsyncClient

__all__ = ["AsyncClient"]
