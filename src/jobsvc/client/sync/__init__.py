"""The client for threads, generated from `jobsvc.client.aio`: `make client` writes it anew."""

from jobsvc.client.sync.client import Client

__all__ = ["Client"]
