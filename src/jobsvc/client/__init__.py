"""A client of the service's v6 API, without the service: it needs httpx and nothing else of this package's servers.

`Client` is for threads; `jobsvc.client.aio.AsyncClient` is the same for asyncio.
"""

from jobsvc.client.errors import ApiError, ClientError, NotFinal, ServiceUnreachable
from jobsvc.client.sync import Client

__all__ = ["ApiError", "Client", "ClientError", "NotFinal", "ServiceUnreachable"]
