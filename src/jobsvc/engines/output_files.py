"""Lists the files in a directory that a job wrote."""

import os
from pathlib import Path


def list_files(root: Path) -> tuple[list[str], list[str]]:
    """The regular files below `root`, by their paths relative to it; and sentences about what was left out.

    Links are left out unless they lead to a regular file below `root`: a job could pass any file of the host
    for its output otherwise. Directories that are links are not entered. Blocks. OSError.
    """
    names: list[str] = []
    warnings: list[str] = []
    real_root = root.resolve()
    # A stack and no recursion: a job chooses how deep its directories are.
    waiting = [""]
    while waiting:
        below = waiting.pop()
        with os.scandir(root / below) as entries:
            for entry in entries:
                name = below + entry.name
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(f"{name}/")
                elif entry.is_symlink() and not _is_file_below(Path(entry), real_root):
                    warnings.append(f"{name} is left out: a link must lead to a file in the output directory")
                elif entry.is_file():
                    names.append(name)
    return names, warnings


def _is_file_below(link: Path, root: Path) -> bool:
    return link.is_file() and link.resolve().is_relative_to(root)
