"""Makes an image of every example, with its manifest in the label, and loads them into Docker or Podman.

`python -m scripts.example_images [--base BASE.tar]` needs nothing but the runtime: an image is an archive of layers and a
document, so no tool has to build it and nothing is pulled. The base layer is made of this machine's Python and busybox
(`scripts.base_image`), or is the archive of a file system with `python3` that `docker export` writes.
"""

import argparse
import asyncio
import hashlib
import io
import json
import platform
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from aiodocker import DockerError

from jobsvc.cli.demo_scenario import image_name
from jobsvc.domain.seed_label import LABEL
from jobsvc.engines.docker.connecting import check, connect
from jobsvc.settings import SettingsProblem, read_settings
from scripts.base_image import SYSTEM_PYTHON, ImageUnavailable, build

EXAMPLES = Path(__file__).parents[1] / "examples"
INSIDE = "examples"
SETTING = "EXAMPLES"
"""The setting that says where the examples are; in an image they are always at the same place."""
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
CREATED = "1970-01-01T00:00:00Z"
Json = dict[str, Any]


def manifest_in_image(path: Path) -> Json:
    """The manifest of an example as its image has it."""
    manifest: Json = json.loads(path.read_text(encoding="utf-8"))
    interface = manifest["job"]["interface"]
    interface["command"] = interface["command"].replace(f"${{{SETTING}}}", f"/{INSIDE}")
    interface["settings"] = [setting for setting in interface["settings"] if setting["name"] != SETTING]
    return manifest


def write_archive(target: Path, layers: Sequence[Path], images: Mapping[str, Mapping[str, str]]) -> None:
    """Write what `docker load` takes: the layers once, and for each image, by its name, a document with its labels."""
    names = [f"{number}.tar" for number in range(len(layers))]
    digests = [_digest(layer) for layer in layers]
    listed = []
    with tarfile.open(target, "w") as archive:
        for name, layer in zip(names, layers, strict=True):
            archive.add(layer, name, filter=_as_of_nobody)
        for image, labels in images.items():
            document = json.dumps(_image(labels, digests)).encode()
            file = f"{hashlib.sha256(document).hexdigest()}.json"
            _add(archive, file, document)
            listed.append({"Config": file, "RepoTags": [image], "Layers": names})
        _add(archive, "manifest.json", json.dumps(listed).encode())


def _image(labels: Mapping[str, str], layers: Iterable[str]) -> Json:
    machine = platform.machine()
    return {
        "architecture": ARCHITECTURES.get(machine, machine),
        "os": "linux",
        "created": CREATED,
        "config": {"Env": ["PATH=/usr/bin:/bin", "LANG=C.UTF-8"], "Labels": dict(labels)},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer}" for layer in layers]},
        "history": [{"created": CREATED, "created_by": "jobsvc"} for _ in layers],
    }


def write_programs(target: Path) -> None:
    """Write the layer with what the commands of the examples run."""
    with tarfile.open(target, "w") as layer:
        programs = sorted(EXAMPLES.glob("*/*.py"))
        for path in (EXAMPLES, *sorted({program.parent for program in programs}), *programs):
            inside = Path(INSIDE, path.relative_to(EXAMPLES))
            layer.add(path, str(inside), recursive=False, filter=_as_of_nobody)


def _as_of_nobody(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """The same bytes wherever, whenever and by whomever it is made."""
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o755 if entry.isdir() else 0o644
    return entry


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def load(archive: Path, url: str | None) -> None:
    """Load the images of an archive. ConnectionError, DockerError."""
    async with connect(url) as docker:
        with archive.open("rb") as content:
            async for said in docker.images.import_image(content, stream=True):
                if "error" in said:
                    raise ConnectionError(str(said["error"]))


def make(base: Path | None, url: str | None) -> list[str]:
    """Make the images of all examples and load them; gives their names.

    Raises:
        ImageUnavailable: This machine lacks what the base is made of.
        ConnectionError: No runtime answers, or it refuses; DockerError: it refuses.
    """
    asyncio.run(check(url))
    manifests = [manifest_in_image(path) for path in sorted(EXAMPLES.glob("*/manifest.json"))]
    images = {image_name(manifest): {LABEL: json.dumps(manifest)} for manifest in manifests}
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        if base is None:
            base = place / "base.tar"
            build(base, SYSTEM_PYTHON)
        write_programs(place / "programs.tar")
        write_archive(place / "images.tar", [base, place / "programs.tar"], images)
        asyncio.run(load(place / "images.tar", url))
    return list(images)


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m scripts.example_images", description=__doc__)
    parser.add_argument("--base", type=Path, help="archive of a file system with python3, instead of one of this machine's")
    provided = parser.parse_args(arguments)
    try:
        images = make(provided.base, read_settings().docker_url)
    except ImageUnavailable as exc:
        sys.exit(f"The images cannot be made: {exc}. Install busybox-static and python3, or name a file system with --base.")
    except DockerError as exc:
        sys.exit(f"The images cannot be loaded: {exc.message}")
    except (OSError, SettingsProblem) as exc:
        sys.exit(f"The images cannot be loaded: {exc}")
    print("\n".join(images))


if __name__ == "__main__":
    main()
