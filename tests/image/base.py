"""A base of what is on this machine, with what the Dockerfile asks of one, for nothing can be pulled in tests."""

import re
import subprocess
import tarfile
from importlib.metadata import distribution
from pathlib import Path

from scripts.base_image import SYSTEM_PYTHON, build

LIBRARIES = ("libstdc++.so.6", "libgcc_s.so.1", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libutil.so.1")
"""What every image with glibc has, and packages with parts in C and Rust were built for."""
PIP_PLACE = "usr/lib/python3/dist-packages"
"""Where the Python of the system looks besides its own library."""


def build_base(target: Path) -> None:
    """Write the archive. Raises `ImageUnavailable`."""
    draft = target.with_suffix(".small")
    build(draft, SYSTEM_PYTHON)
    more = _more()
    with tarfile.open(draft) as small, tarfile.open(target, "w") as archive:
        for entry in small:
            if entry.name not in more:
                archive.addfile(entry, small.extractfile(entry) if entry.isreg() else None)
        for name, file in more.items():
            archive.add(file, name)
    draft.unlink()


def _more() -> dict[str, Path]:
    """Files by their names in the archive."""
    # The `env` of busybox has no --block-signal.
    files = {"usr/bin/env": Path("/usr/bin/env")}
    shown = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    for name in LIBRARIES:
        # The first one is of the machine's own kind.
        place = re.search(rf"^\s+{re.escape(name)} \(.*\) => (\S+)$", shown, re.MULTILINE)
        assert place is not None, name
        files[place[1].lstrip("/")] = Path(place[1]).resolve()
    for item in distribution("pip").files or ():
        if ".." not in item.parts and item.suffix != ".pyc":
            files[f"{PIP_PLACE}/{item}"] = Path(str(item.locate()))
    return files
