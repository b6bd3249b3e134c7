"""Runs the command of an example's manifest as a process, and reads what it wrote."""

import csv
import json
import struct
import subprocess
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from jobsvc.domain.seed import SeedManifest, parse_manifest
from jobsvc.domain.seed_environment import ExecutionFacts, environment, expand_command

EXAMPLES = Path(__file__).parents[2] / "examples"
DATA = EXAMPLES / "data"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/manifest.json"))


@dataclass(frozen=True)
class Run:
    """How the process of an example ended, and the directory with its output."""

    exit_code: int
    stdout: list[str]
    stderr: str
    output: Path

    def results(self) -> dict[str, Any]:
        """The JSON outputs."""
        result: dict[str, Any] = json.loads((self.output / "seed.outputs.json").read_text())
        return result

    def rows(self, name: str) -> list[list[str]]:
        """The rows of an output that is a CSV file."""
        with (self.output / name).open(newline="") as file:
            return list(csv.reader(file))


def manifest(name: str) -> SeedManifest:
    """The manifest of an example."""
    return parse_manifest(json.loads((EXAMPLES / name / "manifest.json").read_text()))


def start(name: str, output: Path, files: Sequence[Path] = (), **values: JsonValue) -> subprocess.Popen[str]:
    """Start an example; `files` are for its only file input, `values` for its JSON inputs by name."""
    seed = manifest(name)
    inputs = {file_input.name: [str(path) for path in files] for file_input in seed.file_inputs}
    facts = ExecutionFacts(job_id=1, exe_num=1, output_dir=str(output), input_metadata="")
    variables = environment(seed, inputs, values, {"EXAMPLES": str(EXAMPLES)}, facts)
    # As in the engine, `python3` is the interpreter of the service; its bytecode must not appear among the examples.
    variables |= {"PATH": str(Path(sys.executable).parent), "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
    command = expand_command(seed.command, variables)
    return subprocess.Popen(command, env=variables, cwd=output, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def run(name: str, output: Path, files: Sequence[Path] = (), **values: JsonValue) -> Run:
    """Run an example to its end."""
    with start(name, output, files, **values) as process:
        stdout, stderr = process.communicate(timeout=30)
    return Run(process.returncode, stdout.splitlines(), stderr, output)


@dataclass(frozen=True)
class Picture:
    """The pixels of a PNG file, row by row from the top."""

    width: int
    height: int
    rows: list[list[tuple[int, ...]]]


def read_png(path: Path) -> Picture:
    """Decode an RGB picture with 8 bits a channel and no filters, checking the sums of its chunks."""
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    chunks = dict(_chunks(data[8:]))
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    width, height, *rest = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert rest == [8, 2, 0, 0, 0]
    lines = list(_batches(zlib.decompress(chunks[b"IDAT"]), 1 + 3 * width))
    assert {line[0] for line in lines} == {0}
    return Picture(width, height, [[tuple(pixel) for pixel in _batches(line[1:], 3)] for line in lines])


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    result = []
    while data:
        (length,) = struct.unpack(">I", data[:4])
        kind, body, checksum = data[4:8], data[8 : 8 + length], data[8 + length : 12 + length]
        assert checksum == struct.pack(">I", zlib.crc32(kind + body))
        result.append((kind, body))
        data = data[12 + length :]
    return result


def _batches(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]
