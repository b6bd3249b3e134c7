"""Curves of what lists cost over the size of a history: `python -m bench.list_plot --output FILE.svg RESULTS.json ...`."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from bench.list_results import Results
from bench.plot import Line, plot

TELLING = (
    "filters: no filter",
    "filters: status=COMPLETED (90 %)",
    "pairs: status=COMPLETED + job_type_name 50 %",
    "filters: source_sensor (2.5 %)",
    "orders: -created",
    "pages: page last",
)


def main() -> None:
    """Read results of several sizes, draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, nargs="+", help="what `bench.lists` has written, of several sizes")
    parser.add_argument("--only", default="|".join(f"^{re.escape(name)}$" for name in TELLING), help="for `group: name`")
    parser.add_argument("--before", type=Path, nargs="+", default=[], help="the same of earlier, to be drawn beside")
    parser.add_argument("--title", default="A page of 100 jobs with its count, CPU of API and PostgreSQL")
    parser.add_argument("--output", type=Path, required=True, help="an SVG file")
    chosen = parser.parse_args()
    lines = [*curves(chosen.results, chosen.only), *curves(chosen.before, chosen.only, ", before")]
    chosen.output.write_text(plot(chosen.title, "jobs", "ms", lines, is_logarithmic=True))


def curves(paths: Sequence[Path], only: str, suffix: str = "") -> list[Line]:
    """The CPU of requests that were measured at all sizes."""
    sizes = sorted((Results.read(path) for path in paths), key=lambda results: results.jobs)
    names = [case.key for case in sizes[0].cases if re.search(only, ": ".join(case.key))] if sizes else []
    return [
        Line(key[1] + suffix, [(results.jobs, results.by_key[key].cpu) for results in sizes])
        for key in names
        if all(key in results.by_key for results in sizes)
    ]


if __name__ == "__main__":
    main()
