"""Merges the CSV files of one directory, in the order of their names, into one CSV file.

Usage: merge_csv.py PARTS_DIR OUTPUT_DIR. Writes `merged.csv` and `seed.outputs.json`.
Exit codes: 10 a file has no header or another one than the first file, 11 no file has a row below its header.
"""

import csv
import functools
import json
import sys
from collections.abc import Sequence
from pathlib import Path

BAD_HEADER = 10
NO_ROWS = 11
say = functools.partial(print, flush=True)


class MergeError(Exception):
    """The parts cannot be merged; `code` is the exit code that the manifest declares for the reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def read_part(path: Path) -> list[list[str]]:
    """Read the header and the rows of one file, without its empty lines."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [row for row in csv.reader(file) if row]


def merge(paths: Sequence[Path]) -> list[list[str]]:
    """Give the common header and all rows below it; MergeError when the parts do not fit together."""
    merged: list[list[str]] = []
    for path in paths:
        header, *rows = read_part(path) or [[]]
        merged = merged or [header]
        if not header or header != merged[0]:
            raise MergeError(BAD_HEADER, f"{path.name}: header {header}, expected {merged[0] or 'column names'}")
        merged += rows
        say(f"{path.name}: {len(rows)} rows, {len(merged) - 1} in all")
    if len(merged) < 2:  # noqa: PLR2004 - the header and one row
        raise MergeError(NO_ROWS, f"no rows in {len(paths)} files")
    return merged


def main(parts: Path, output: Path) -> int:
    """Merge the files in `parts` and write the results to the directory `output`; the exit code."""
    paths = sorted(parts.iterdir())
    try:
        merged = merge(paths)
    except MergeError as error:
        say(error, file=sys.stderr)
        return error.code
    with (output / "merged.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(merged)
    results = {"PART_COUNT": len(paths), "ROW_COUNT": len(merged) - 1}
    (output / "seed.outputs.json").write_text(json.dumps(results), encoding="utf-8")
    say(f"wrote merged.csv with {len(merged) - 1} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
