"""How much of what a job writes goes into its log."""

import pytest

from jobsvc.domain.status import Stream
from jobsvc.engines.log_budget import LogBudget
from tests.contracts.engine_bench import Log

REACHED = b"jobsvc: the limit of 10 bytes for this log is reached; what follows is counted and dropped"


async def _written(*batches: list[bytes]) -> list[bytes]:
    log = Log()
    budget = LogBudget(log, 10)
    for lines in batches:
        await budget.write(Stream.STDOUT, lines)
    await budget.close()
    return [line for _, line in log.lines]


@pytest.mark.parametrize("batches", [[[b"1234", b"6789"]], [[b"1234"], [b"6789"]], [[b""] * 10], [[b"123456789"]]])
async def test_a_log_within_its_limit_is_whole(batches: list[list[bytes]]) -> None:
    assert await _written(*batches) == [line for lines in batches for line in lines]


@pytest.mark.parametrize(
    ("batches", "kept", "lines", "size"),
    [
        ([[b"1234", b"67890", b"x"]], [b"1234"], 2, 8),
        ([[b"1234"], [b"67890"], [b"x"]], [b"1234"], 2, 8),
        ([[b"1234567890"], [b""]], [], 2, 12),
        ([[b""] * 11], [b""] * 10, 1, 1),
    ],
)
async def test_what_does_not_fit_is_counted(batches: list[list[bytes]], kept: list[bytes], lines: int, size: int) -> None:
    dropped = f"jobsvc: {lines} lines ({size} bytes) were dropped behind the limit of this log".encode()
    assert await _written(*batches) == [*kept, REACHED, dropped]
