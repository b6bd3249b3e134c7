"""Which files in the output directory of a job count, and what it takes for a directory that may be anything."""

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from jobsvc.domain import limits
from jobsvc.domain.outcome import FileIdentity
from jobsvc.domain.outputs import OutputMatcher, OutputProblem
from jobsvc.domain.seed import FileOutput
from jobsvc.engines import output_tree
from jobsvc.engines.output_tree import OutputTree
from jobsvc.engines.scratch import ExecutionDir, WorkerDir
from tests.contracts.engine_bench import manifest

DEPTH = 1100  # more than Python follows by recursion


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """An output directory."""
    directory = tmp_path / "exe" / "output"
    directory.mkdir(parents=True)
    return directory


def matcher(*patterns: str) -> OutputMatcher:
    """Outputs called O0, O1, ... with these patterns."""
    return OutputMatcher(manifest(file_outputs=tuple(FileOutput(f"O{n}", item) for n, item in enumerate(patterns))))


def listed(directory: Path, *patterns: str) -> tuple[list[str], list[str]]:
    """The names of files that match, sorted, and the warnings."""
    with OutputTree(directory, lambda: None) as tree:
        return sorted(file.name for file in tree.files(matcher(*patterns))), tree.warnings


def read(directory: Path, name: str, limit: int = 10) -> bytes | None:
    with OutputTree(directory, lambda: None) as tree:
        return tree.read(name, limit)


def test_regular_files_that_outputs_take(output: Path) -> None:
    (output / "d" / "e").mkdir(parents=True)
    for name in ("a", "d/b", "d/e/c", "d/e/.d"):
        (output / name).touch()
    assert listed(output, "**") == (["a", "d/b", "d/e/c"], [])
    assert listed(output, "d/*", "*") == (["a", "d/b"], [])
    with OutputTree(output, lambda: None) as tree:
        [file] = tree.files(matcher("a", "?", "b"))
    facts = (output / "a").stat()
    assert (file.takers, file.identity, file.size) == (("O0", "O1"), FileIdentity(facts.st_dev, facts.st_ino), 0)


def test_links_count_when_they_lead_to_a_file_inside(output: Path) -> None:
    (output / "d").mkdir()
    (output / "a").touch()
    (output.parent / "output2").touch()
    targets = {
        "good": "a",
        "up": "../output2",
        "directory": "d",
        "nowhere": "b",
        "itself": "itself",
        "root": "/",
        "whole": ".",
    }
    for name, target in targets.items():
        (output / name).symlink_to(target)
    names, warnings = listed(output, "*")
    assert names == ["a", "good"]
    assert sorted(warning.split(" ")[0] for warning in warnings) == ["directory", "itself", "nowhere", "root", "up", "whole"]


def test_a_directory_that_is_a_link_is_not_entered(output: Path, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "passwd").touch()
    (output / "sub").symlink_to(tmp_path / "etc")
    sentence = "sub is left out: a link must lead to a file in the output directory"
    assert listed(output, "*/*") == ([], [sentence])
    assert listed(output, "*.txt") == ([], [])


def make_socket(name: str) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(name)


@pytest.mark.parametrize("make", [os.mkfifo, make_socket])
def test_what_is_no_regular_file_is_left_out(output: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[str], None]) -> None:
    monkeypatch.chdir(output)  # the name of a socket must be short
    make("a")
    assert listed(output, "*") == ([], ["a is left out: it is no regular file"])
    with pytest.raises(OutputProblem, match=r"^a: cannot be read: it is no regular file$"):
        read(output, "a")


@pytest.mark.parametrize("part", ["exe", "exe/output"])
def test_a_directory_that_was_replaced_by_a_link_is_refused(output: Path, tmp_path: Path, part: str) -> None:
    other = tmp_path / "other"
    (tmp_path / part).rename(other)
    (tmp_path / part).symlink_to(other)
    with pytest.raises(OutputProblem, match=r"^the output directory was replaced by a link or a file$") as problem:
        listed(output, "**")
    assert problem.value.error_name == "invalid-results-manifest"


def test_a_directory_that_was_removed_or_is_a_file_is_refused(output: Path) -> None:
    output.rmdir()
    with pytest.raises(OutputProblem, match="was removed"):
        listed(output, "**")
    output.touch()
    with pytest.raises(OutputProblem, match="was replaced by a link or a file"):
        listed(output, "**")


def swapped(directory: Path, outside: Path) -> Callable[[], None]:
    """A check that replaces a directory by a link at its second call: when the directory is being read."""
    calls = iter(range(1000))

    def check() -> None:
        if next(calls) == 1:
            shutil.rmtree(directory)
            directory.symlink_to(outside)

    return check


def test_a_directory_that_is_replaced_while_it_is_read_is_left_out(output: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "passwd").write_text("secret")
    for name in ("a", "b"):
        (output / name).mkdir()
        (output / name / "passwd").touch()
    with OutputTree(output, swapped(output / "a", tmp_path / "secret")) as tree:
        names = [file.name for file in tree.files(matcher("*/*"))]
        assert names == ["b/passwd"]
        assert "left out" in tree.warnings[0]
        with pytest.raises(OutputProblem):
            tree.read("a/passwd", 10)


def test_a_document_is_read_up_to_a_limit(output: Path) -> None:
    (output / "ten").write_bytes(b"0123456789")
    (output / "link").symlink_to("ten")
    (output / "out").symlink_to("/etc/passwd")
    (output / "directory").mkdir()
    assert (read(output, "ten"), read(output, "link"), read(output, "none"), read(output, "x" * 300)) == (b"0123456789",) * 2 + (
        None,
        None,
    )
    for name, limit in (("ten", 9), ("out", 10), ("directory", 10)):
        with pytest.raises(OutputProblem, match=f"^{name}: "):
            read(output, name, limit)


def test_directories_may_be_very_deep_where_no_outputs_are(tmp_path: Path, output: Path) -> None:
    for depth in range(1, DEPTH + 1):
        (output / ("d/" * depth)).mkdir()
    assert listed(output, "*", "e/**") == ([], [])
    with pytest.raises(OutputProblem, match=r"more than 100 directories deep"):
        listed(output, "**/*.txt")
    ExecutionDir(tmp_path / "exe").remove()
    assert not (tmp_path / "exe").exists()


def test_outputs_are_found_down_to_the_limit(output: Path) -> None:
    deepest = "d/" * limits.MAX_DIRECTORIES
    (output / deepest).mkdir(parents=True)
    (output / deepest / "a").touch()
    assert listed(output, "**/a") == ([f"{deepest}a"], [])


def test_long_paths_are_refused(output: Path) -> None:
    long = "/".join(["x" * 250] * 11)
    (output / long).mkdir(parents=True)
    with pytest.raises(OutputProblem, match="longer than 2500 bytes"):
        listed(output, "**")


def test_only_so_many_entries_are_looked_at(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output_tree, "MAX_OUTPUT_ENTRIES", 2)
    for name in "ab":
        (output / name).touch()
    assert listed(output, "*") == (["a", "b"], [])
    (output / "c").touch()
    with pytest.raises(OutputProblem, match="more than 2 files and directories"):
        listed(output, "x")


def test_of_many_warnings_there_is_only_the_number(output: Path) -> None:
    for number in range(limits.MAX_WARNINGS + 5):
        (output / str(number)).symlink_to("nowhere")
    names, warnings = listed(output, "*")
    assert (names, len(warnings), warnings[-1]) == ([], limits.MAX_WARNINGS + 1, "5 more files were left out for such reasons")


class Late(Exception):
    """There is no time left."""


def test_the_check_ends_it(output: Path) -> None:
    def check() -> None:
        raise Late

    (output / "a").touch()
    with OutputTree(output, check) as tree:
        with pytest.raises(Late):
            list(tree.files(matcher("*")))
        with pytest.raises(Late):
            tree.read("a", 1)


@contextmanager
def descriptors_given_back() -> Iterator[None]:
    before = len(list(Path("/dev/fd").iterdir()))
    yield
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_nothing_stays_open(output: Path, tmp_path: Path) -> None:
    (output / "a/b").mkdir(parents=True)
    (output / "a/b/c").touch()
    (output / "a/out").symlink_to(tmp_path)
    with descriptors_given_back():
        listed(output, "**")
        read(output, "a/b/c")
        for name in ("a/out", "a"):
            with pytest.raises(OutputProblem):
                read(output, name)


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch])
def test_an_execution_that_was_replaced_by_a_link_is_removed_and_not_what_it_leads_to(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    kept = tmp_path / "kept"
    make(kept)
    worker = WorkerDir.create(tmp_path / "w")
    (tmp_path / "w" / "1").symlink_to(kept)
    assert [execution.root.name for execution in worker.executions()] == ["1"]
    worker.remove()
    assert (kept.exists(), (tmp_path / "w").exists()) == (True, False)
