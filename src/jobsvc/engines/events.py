"""Waiting for one of several events."""

import asyncio


async def first_of(*events: asyncio.Event, within: float | None = None) -> None:
    """Return when one of the events is set, or after so many seconds (None: never)."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=within, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
