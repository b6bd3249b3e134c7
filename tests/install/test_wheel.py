"""What is in the wheel: all that an installed service needs, for it has no sources beside it."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_wheel_has_the_examples_and_the_migrations(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path], cwd=ROOT, check=True)
    place = tmp_path / "site"
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        wheel.extractall(place)
    for name in ("examples", "migrations"):
        own = {path.relative_to(ROOT / name) for path in (ROOT / name).rglob("*") if path.is_file() and path.suffix != ".pyc"}
        packed = {path.relative_to(place / "jobsvc" / name) for path in (place / "jobsvc" / name).rglob("*") if path.is_file()}
        assert packed == own
    program = f"import sys; sys.path.insert(0, {str(place)!r}); from jobsvc.cli.demo import EXAMPLES; print(EXAMPLES)"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == str(place / "jobsvc" / "examples")
