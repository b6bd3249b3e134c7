"""Lines that became visible before those that were stored before them are held back."""

import pytest

from jobsvc.domain.status import Stream
from jobsvc.ports.log_store import LogLine, LogOrigin
from jobsvc.services.logs.reorder_buffer import ReorderBuffer

from .logged import at

EXECUTION = 7


def lines(*numbers: int, task: int = EXECUTION) -> list[LogLine]:
    return [LogLine(at(number), number, Stream.STDOUT, "", LogOrigin("x", task)) for number in numbers]


def numbers(result: list[LogLine]) -> list[int]:
    return [line.order_num for line in result]


@pytest.mark.parametrize(
    ("stored", "is_all", "begins"),
    [
        ((), True, None),
        ((1,), True, 1),
        ((1, 2, 3), True, 3),
        ((1, 2, 4), True, 2),
        ((1, 3, 5, 6), True, 1),
        ((2, 3), True, None),
        ((8, 9), False, 9),
    ],
)
def test_a_log_is_complete_up_to_its_first_hole(stored: tuple[int, ...], is_all: bool, begins: int | None) -> None:  # noqa: FBT001
    line = ReorderBuffer(EXECUTION, 5).begin(lines(*stored)[::-1], is_all=is_all)
    assert (line.order_num if line else None) == begins


def test_what_a_collector_numbered_is_complete() -> None:
    line = ReorderBuffer(EXECUTION, 5).begin(lines(3, 17, 900, task=0)[::-1], is_all=True)
    assert line == lines(900, task=0)[0]


def test_lines_pass_up_to_a_hole_until_it_is_filled() -> None:
    sequence = ReorderBuffer(EXECUTION, 5)
    assert numbers(sequence.passed(lines(1, 2, 4), now=0)) == [1, 2]
    assert sequence.passed(lines(4, 5), now=4.9) == []
    assert numbers(sequence.passed(lines(3, 4, 5), now=4.9)) == [3, 4, 5]


def test_a_hole_is_waited_for_so_long_and_each_for_itself() -> None:
    sequence = ReorderBuffer(EXECUTION, 5)
    assert sequence.passed(lines(2, 4), now=0) == []
    assert numbers(sequence.passed(lines(2, 4), now=5)) == [2]
    assert sequence.passed(lines(4), now=9.9) == []
    assert numbers(sequence.passed(lines(4), now=10)) == [4]
