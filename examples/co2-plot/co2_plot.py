"""Plots the yearly mean of carbon dioxide in the air at Mauna Loa as a PNG picture.

Usage: co2_plot.py TABLE OUTPUT_DIR. The table is a CSV file with the columns `year` and `mean` (ppm); lines
that start with `#` are skipped, as the files of the observatory have them.
Writes `co2.png`, what it shows as `co2.png.metadata.json`, and `seed.outputs.json`.
Exit code: 10 the file is not such a table.
"""

import csv
import functools
import json
import math
import sys
from pathlib import Path
from typing import Any

import chart

BAD_TABLE = 10
MAUNA_LOA = (-155.576, 19.536)  # longitude, latitude
say = functools.partial(print, flush=True)


def read_means(path: Path) -> dict[int, float]:
    """Read the mean of each year; ValueError for another table or fewer than two years."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader((line for line in file if not line.startswith("#")), restval="")
        if not {"year", "mean"} <= set(rows.fieldnames or ()):
            raise ValueError(f"columns {rows.fieldnames}, expected year and mean")
        means = {int(row["year"]): _finite(row["mean"]) for row in rows}
    if len(means) < 2:  # noqa: PLR2004 - the ends of a line
        raise ValueError(f"{len(means)} years, expected two or more")
    return means


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is not a mean")
    return value


def metadata(first: int, last: int) -> dict[str, Any]:
    """Describe the picture as a GeoJSON feature: where the air was taken, and from when to when."""
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": MAUNA_LOA},
        "properties": {
            "dataStarted": f"{first:04}-01-01T00:00:00Z",
            "dataEnded": f"{last:04}-12-31T23:59:59Z",
        },
    }


def main(table: Path, output: Path) -> int:
    """Plot `table` and write the results to the directory `output`; the exit code."""
    try:
        means = read_means(table)
    except ValueError as error:
        say(f"{table.name}: {error}", file=sys.stderr)
        return BAD_TABLE
    first, last = min(means), max(means)
    rise = round(means[last] - means[first], 2)
    say(f"{table.name}: {len(means)} years, {first} to {last}, {rise:+.2f} ppm")
    picture = chart.draw(means, "CO2 in the air at Mauna Loa", f"yearly mean, ppm: {first} to {last}, {rise:+.2f}")
    (output / "co2.png").write_bytes(picture.png())
    (output / "co2.png.metadata.json").write_text(json.dumps(metadata(first, last)), encoding="utf-8")
    results = {"FIRST_YEAR": first, "LAST_YEAR": last, "RISE_PPM": rise}
    (output / "seed.outputs.json").write_text(json.dumps(results), encoding="utf-8")
    say(f"wrote co2.png, {picture.width} x {picture.height} pixels")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
