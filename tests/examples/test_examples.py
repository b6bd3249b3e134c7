"""The shipped examples do what their manifests say, on the shipped data."""

import json
import re
import signal
import string
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobsvc.domain.job_data import validate_json_outputs
from jobsvc.domain.outputs import parse_metadata
from jobsvc.domain.status import ErrorCategory
from tests.outputs import match_outputs

from .support import DATA, EXAMPLES, NAMES, Run, manifest, read_png, run, start

DECLARATION = DATA / "declaration-of-independence.txt"
CO2 = DATA / "co2_1975_2024.csv"
CO2_PARTS = [DATA / f"co2_{years}.csv" for years in ("1975_1989", "1990_2004", "2005_2024")]
GROWTH = DATA / "co2_growth_2005_2020.csv"
LINE_COLOR = (0, 96, 168)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    directory = tmp_path / "output"
    directory.mkdir()
    return directory


def linked(directory: Path, files: list[Path]) -> list[Path]:
    """The same files in a directory of their own, as an engine lays out the files of one input."""
    directory.mkdir()
    links = [directory / file.name for file in files]
    for link, file in zip(links, files, strict=True):
        link.symlink_to(file)
    return links


def captured(name: str, ran: Run) -> tuple[dict[str, tuple[str, ...]], dict[str, object]]:
    """What the service captures of the output: files by output, and the JSON outputs."""
    assert (ran.exit_code, ran.stderr) == (0, "")
    files = match_outputs(manifest(name), [path.name for path in ran.output.iterdir()])
    return files, {**validate_json_outputs(ran.results(), manifest(name))}


def error(name: str, ran: Run) -> tuple[str, ErrorCategory]:
    """The declared error that the exit code stands for."""
    result = {item.code: item for item in manifest(name).errors}[ran.exit_code]
    return result.name, result.category


def words(text: str) -> Counter[str]:
    """Count words by cutting at blanks and dashes, and not by looking for letters as the example does."""
    cut = (word.strip(string.punctuation) for word in text.lower().replace("--", " ").split())
    return Counter(word for word in cut if word and not word.isdigit())


@pytest.mark.parametrize("name", NAMES)
def test_a_manifest_is_valid_and_bears_the_name_of_its_directory(name: str) -> None:
    assert manifest(name).name == name


def test_every_directory_but_the_data_is_an_example() -> None:
    assert {path.name for path in EXAMPLES.iterdir() if path.is_dir()} == {*NAMES, "data"}


@pytest.mark.parametrize("script", sorted(EXAMPLES.glob("*/*.py")), ids=lambda path: path.name)
def test_a_script_needs_nothing_but_the_standard_library(script: Path) -> None:
    imported = set(re.findall(r"^(?:from|import) (\w+)", script.read_text(), re.MULTILINE))
    assert imported <= sys.stdlib_module_names | {path.stem for path in script.parent.glob("*.py")}


def test_word_count_counts_what_cutting_at_blanks_counts(output: Path) -> None:
    expected = words(DECLARATION.read_text())
    ran = run("word-count", output, [DECLARATION])
    assert captured("word-count", ran) == (
        {"REPORT": ("report.csv",)},
        {"TOTAL_WORDS": expected.total(), "DISTINCT_WORDS": len(expected)},
    )
    assert expected.total() > 1300
    assert ran.rows("report.csv")[:4] == [["word", "count"], ["of", "78"], ["the", "78"], ["to", "65"]]
    assert {word: int(count) for word, count in ran.rows("report.csv")[1:]}.items() <= expected.items()


def test_word_count_lists_as_many_words_as_asked_for(output: Path) -> None:
    assert len(run("word-count", output, [DECLARATION]).rows("report.csv")) == 1 + 20
    assert len(run("word-count", output, [DECLARATION], TOP=3).rows("report.csv")) == 1 + 3


def test_word_count_says_how_far_it_is_line_by_line_at_the_pace_asked_for(output: Path) -> None:
    with start("word-count", output, [DECLARATION], PACE=0.02) as process:
        assert process.stdout is not None
        assert next(process.stdout).startswith("counting declaration")
        assert process.poll() is None
        progress = [line for line in process.stdout if "%" in line]
    assert 12 <= len(progress) <= 16
    assert progress[-1] == "100%  line 133 of 133: 1334 words, 537 distinct\n"


@pytest.mark.parametrize("values", [{"TOP": 0}, {"TOP": -1}, {"PACE": -0.1}])
def test_word_count_refuses_numbers_out_of_range(output: Path, values: dict[str, float]) -> None:
    ran = run("word-count", output, [DECLARATION], **values)
    assert error("word-count", ran) == ("bad-number", ErrorCategory.DATA)


def test_word_count_refuses_what_is_no_text(output: Path, tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    assert error("word-count", run("word-count", output, [picture])) == ("not-text", ErrorCategory.DATA)


def test_word_count_of_an_empty_text_is_zero(output: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.touch()
    results = {"TOTAL_WORDS": 0, "DISTINCT_WORDS": 0}
    assert captured("word-count", run("word-count", output, [empty])) == ({"REPORT": ("report.csv",)}, results)


def test_co2_plot_finds_the_years_and_the_rise(output: Path) -> None:
    results = {"FIRST_YEAR": 1975, "LAST_YEAR": 2024, "RISE_PPM": 93.48}
    assert captured("co2-plot", run("co2-plot", output, [CO2])) == ({"PLOT": ("co2.png",)}, results)


def test_co2_plot_draws_a_line_that_rises_from_left_to_right(output: Path) -> None:
    run("co2-plot", output, [CO2])
    picture = read_png(output / "co2.png")
    assert (picture.width, picture.height) == (960, 540)
    line = [(x, y) for y, row in enumerate(picture.rows) for x, pixel in enumerate(row) if pixel == LINE_COLOR]
    (left, first), (right, last) = min(line), max(line)
    assert right - left > 800
    assert first - last > 250
    assert len({pixel for row in picture.rows for pixel in row}) > 50


def test_co2_plot_says_where_and_when_the_air_was_taken(output: Path) -> None:
    run("co2-plot", output, [CO2])
    described = parse_metadata(json.loads((output / "co2.png.metadata.json").read_text()))
    assert described.geometry == {"type": "Point", "coordinates": [-155.576, 19.536]}
    assert described.data_started == datetime(1975, 1, 1, tzinfo=UTC)
    assert described.data_ended == datetime(2024, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_co2_plot_skips_the_comments_of_the_observatory(output: Path, tmp_path: Path) -> None:
    commented = tmp_path / "co2_annmean_mlo.csv"
    commented.write_text("# See the site for details.\n#\nyear,mean,unc\n2000,369.71,0.12\n2001,371.32,0.12\n")
    assert run("co2-plot", output, [commented]).results() == {"FIRST_YEAR": 2000, "LAST_YEAR": 2001, "RISE_PPM": 1.61}


@pytest.mark.parametrize(
    "text",
    ["", "year,ann inc\n2000,1.6\n", "year,mean\n2000,369.71\n", "year,mean\n2000\n2001,3\n", "year,mean\n1,nan\n2,3\n"],
)
def test_co2_plot_refuses_a_table_that_it_cannot_plot(output: Path, tmp_path: Path, text: str) -> None:
    table = tmp_path / "table.csv"
    table.write_text(text)
    assert error("co2-plot", run("co2-plot", output, [table])) == ("bad-table", ErrorCategory.DATA)


def test_merge_csv_makes_one_table_of_its_parts(output: Path, tmp_path: Path) -> None:
    ran = run("merge-csv", output, linked(tmp_path / "parts", CO2_PARTS))
    results = {"PART_COUNT": 3, "ROW_COUNT": 50}
    assert captured("merge-csv", ran) == ({"MERGED": ("merged.csv",)}, results)
    assert (output / "merged.csv").read_text() == CO2.read_text()


def test_merge_csv_refuses_parts_with_other_headers(output: Path, tmp_path: Path) -> None:
    ran = run("merge-csv", output, linked(tmp_path / "parts", [*CO2_PARTS, GROWTH]))
    assert error("merge-csv", ran) == ("bad-header", ErrorCategory.DATA)
    assert GROWTH.name in ran.stderr
    assert list(output.iterdir()) == []


def test_merge_csv_refuses_parts_without_rows(output: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("year,mean,unc\n")
    ran = run("merge-csv", output, linked(tmp_path / "parts", [empty]))
    assert error("merge-csv", ran) == ("no-rows", ErrorCategory.DATA)


def test_countdown_counts_to_its_end(output: Path) -> None:
    ran = run("countdown", output, SECONDS=1)
    assert (ran.exit_code, ran.stdout) == (0, ["1 s left", "done"])


def test_countdown_ends_when_it_is_told_to(output: Path) -> None:
    with start("countdown", output, SECONDS=60) as process:
        assert process.stdout is not None
        assert next(process.stdout) == "60 s left\n"
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=10)
    assert (process.returncode, stderr) == (143, "stopped by SIGTERM\n")
