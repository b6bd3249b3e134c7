"""The client for threads, generated from `jobsvc.client.aio`: `make client` regenerates it."""

from jobsvc.client.sync.client import Client

__all__ = ["Client"]
