"""Keeping the counts: deltas are folded into them, and once in a while all is counted again."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

FOLD = text("SELECT fold_counts(CAST(:rows AS bigint))")
SLICES = text("SELECT part, first, behind, first_batch, behind_batch FROM recount_slices(:rows)")
RECOUNT = text("SELECT recount_slice(:part, :first, :behind, :first_batch, :behind_batch)")


@dataclass(frozen=True)
class CountSlice:
    """Some of the numbers of a count: those of the days, or batches, from a first one up to one that is of the next slice."""

    part: str
    first: date | None
    behind: date | None
    first_batch: int | None
    behind_batch: int | None


class CountRepository:
    """Keeps the counts of jobs and executions (see `tables/counts.py`)."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def fold(self, rows: int) -> int:
        """Move deltas into the counts, so many of each table at most; says how many, 0 also while another process does it."""
        return int((await self._connection.execute(FOLD, {"rows": rows})).scalar_one())

    async def slices(self, rows: int) -> Sequence[CountSlice]:
        """All numbers in slices of about so many rows, in the sequence in which they have to be counted.

        A day, or a batch, that has more rows is one slice.
        """
        return [CountSlice(*row) for row in await self._connection.execute(SLICES, {"rows": rows})]

    async def recount(self, part: CountSlice) -> int:
        """Compare numbers with the rows and put right what differs, while others write; says how many lines differed."""
        return int((await self._connection.execute(RECOUNT, asdict(part))).scalar_one())
