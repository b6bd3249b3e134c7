"""Counts the words of one text, a piece at a time, and says on standard output how far it has come.

Usage: word_count.py TEXT OUTPUT_DIR. Two optional numbers come through the environment: TOP (how many words
the report lists, default 20) and PACE (seconds to rest after each piece, default 0, for watching the log grow).
Writes `report.csv` and `seed.outputs.json`.
Exit codes: 10 the file is not UTF-8 text, 11 a number is out of range.
"""

import csv
import functools
import json
import math
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

NOT_TEXT = 10
BAD_NUMBER = 11
PIECES = 16
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")  # noqa: RUF001 - texts do contain the typographic apostrophe
say = functools.partial(print, flush=True)


def pieces(lines: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut the lines into at most PIECES runs of about the same length."""
    step = max(1, math.ceil(len(lines) / PIECES))
    for start in range(0, len(lines), step):
        yield lines[start : start + step]


def count(lines: Sequence[str], pace: float) -> Counter[str]:
    """Count each word in lower case; hyphens and apostrophes inside a word belong to it."""
    counts: Counter[str] = Counter()
    done = 0
    for piece in pieces(lines):
        counts.update(word.lower() for line in piece for word in WORD.findall(line))
        done += len(piece)
        progress = f"{done / len(lines):4.0%}  line {done} of {len(lines)}"
        say(f"{progress}: {counts.total()} words, {len(counts)} distinct")
        time.sleep(pace)
    return counts


def write_report(counts: Counter[str], top: int, path: Path) -> None:
    """Write the `top` most frequent words with their counts, equally frequent ones in alphabetical order."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("word", "count"), *ranked[:top]])


def main(text: Path, output: Path) -> int:
    """Count `text` and write the results to the directory `output`; the exit code."""
    # An optional input that is absent arrives as the empty text.
    top, pace = int(os.environ.get("TOP") or 20), float(os.environ.get("PACE") or 0)
    if top < 1 or not 0 <= pace < math.inf:
        say(f"TOP must be 1 or more and PACE 0 or more, not {top} and {pace}", file=sys.stderr)
        return BAD_NUMBER
    try:
        lines = text.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        say(f"{text.name} is not UTF-8 text: {error}", file=sys.stderr)
        return NOT_TEXT
    say(f"counting {text.name}: {len(lines)} lines")
    counts = count(lines, pace)
    write_report(counts, top, output / "report.csv")
    results = {"TOTAL_WORDS": counts.total(), "DISTINCT_WORDS": len(counts)}
    (output / "seed.outputs.json").write_text(json.dumps(results), encoding="utf-8")
    say(f"wrote report.csv with the {min(top, len(counts))} most frequent words")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
