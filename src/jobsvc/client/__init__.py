"""A client of the service's v6 API, without the service: it needs httpx and nothing else of this package's servers."""

from jobsvc.client.client import Client
from jobsvc.client.errors import ApiError, ClientError, ServiceUnreachable

__all__ = ["ApiError", "Client", "ClientError", "ServiceUnreachable"]
