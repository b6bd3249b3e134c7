"""Which files in the output directory of a job count."""

from pathlib import Path

from jobsvc.engines.output_files import list_files
from jobsvc.engines.scratch import ExecutionDir

DEPTH = 1100  # more than Python follows by recursion


def test_regular_files_at_any_depth(tmp_path: Path) -> None:
    (tmp_path / "d" / "e").mkdir(parents=True)
    for name in ("a", "d/b", "d/e/.c"):
        (tmp_path / name).touch()
    names, warnings = list_files(tmp_path)
    assert (sorted(names), warnings) == (["a", "d/b", "d/e/.c"], [])


def test_links_count_when_they_lead_to_a_file_inside(tmp_path: Path) -> None:
    output = tmp_path / "output"
    (output / "d").mkdir(parents=True)
    (output / "a").touch()
    (tmp_path / "output2").touch()
    targets = {
        "good": "a",
        "up": "../output2",
        "directory": "d",
        "nowhere": "b",
        "itself": "itself",
        "root": "/",
    }
    for name, target in targets.items():
        (output / name).symlink_to(target)

    names, warnings = list_files(output)
    assert sorted(names) == ["a", "good"]
    assert sorted(each.split(" ")[0] for each in warnings) == ["directory", "itself", "nowhere", "root", "up"]


def test_directories_may_be_very_deep(tmp_path: Path) -> None:
    for depth in range(1, DEPTH + 1):
        (tmp_path / ("d/" * depth)).mkdir()
    (tmp_path / ("d/" * DEPTH) / "a").touch()

    assert list_files(tmp_path) == (["d/" * DEPTH + "a"], [])
    ExecutionDir(tmp_path / "d").remove()
    assert list(tmp_path.iterdir()) == []
