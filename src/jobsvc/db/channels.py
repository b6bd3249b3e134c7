"""Channels of NOTIFY: sent inside the transaction that changes something, so that listeners wake up after its commit."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

QUEUE = "jobsvc_queue"
"""A job may be claimed (no payload)."""
CANCEL = "jobsvc_cancel"
"""A running execution has to stop (payload: the execution's id)."""
BULK = "jobsvc_bulk"
"""A bulk operation was accepted (payload: its id)."""
DEPENDENCY = "jobsvc_dependency"
"""A job changed that others wait for; a trigger sends it (no payload)."""


async def notify(connection: AsyncConnection, channel: str, *payloads: str) -> None:
    """Tell all listeners of a channel, once for each payload."""
    for payload in payloads or ("",):
        await connection.execute(select(func.pg_notify(channel, payload)))
