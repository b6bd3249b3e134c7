"""Keeping the numbers of jobs and executions that lists show."""

import asyncio

import structlog

from jobsvc.db.database import Database

ROWS_OF_SLICE = 200_000
"""How many rows are counted again in one transaction, in which nothing is folded."""
PAUSE_SECONDS = 0.1
"""Between two of them: nobody waits for it, and others write and fold meanwhile."""
DELTAS_OF_PORTION = 50_000
"""How many deltas of a table are folded in one transaction, in about a second."""
log = structlog.get_logger(__name__)


class CountService:
    """Folds what was counted, and verifies it."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def fold(self, portion: int = DELTAS_OF_PORTION) -> None:
        """Fold what statements have changed since the last time, in portions: after an import there are millions of deltas."""
        folded = portion
        while folded >= portion:
            async with self._db.transaction() as tx:
                folded = await tx.counts.fold(portion)

    async def verify(self) -> None:
        """Count all again, unless another process is at it, and say so when a number was wrong: none ever should be."""
        async with self._db.try_exclusive("recount") as is_exclusive:
            if not is_exclusive:
                return
            async with self._db.reading() as tx:
                slices = await tx.counts.slices(ROWS_OF_SLICE)
            wrong = 0
            for part in slices:
                async with self._db.transaction() as tx:
                    wrong += await tx.counts.recount(part)
                await asyncio.sleep(PAUSE_SECONDS)
        if wrong:
            log.warning("counts.mended", lines=wrong)
