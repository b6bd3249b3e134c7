"""Tables on narrow terminals."""

import io

import pytest
from rich.console import Console

from jobsvc.cli.tables import table


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (33, ["  ID  NAME        NODE     STATUS", "1234  word-count  node-12  FAILED"]),
        (32, ["  ID  NAME        STATUS", "1234  word-count  FAILED"]),
        (24, ["  ID  NAME        STATUS", "1234  word-count  FAILED"]),
        (23, ["  ID  NAME", "1234  word-count"]),
        (12, ["  ID  NAME", "1234  word-c", "      ount"]),
    ],
)
def test_columns_are_left_out_whole(width: int, lines: list[str]) -> None:
    jobs = table("ID", "NAME", "NODE", "STATUS", right=("ID",), elastic=("NAME",), spare=("NODE", "STATUS"))
    jobs.add_row("1234", "word-count", "node-12", "FAILED")
    printed = io.StringIO()
    Console(file=printed, width=width).print(jobs)
    assert [line.rstrip() for line in printed.getvalue().splitlines()] == lines
