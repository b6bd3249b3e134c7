"""A package index of this machine that holds the packages of a lock and, of each, a release that is newer than the lock.

The packages are stubs with the metadata of the real ones, extras included, so that a resolver has the same to decide.
"""

import base64
import hashlib
import re
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

NEWER = "9999.0"
PIN = re.compile(r"^(?P<requirement>\S+==[^\\\n]+?)\s*\\?\n(?:    --hash=\S+(?: \\)?\n?)+", re.MULTILINE)


def pins(lock: str) -> dict[str, Requirement]:
    """The requirements of a lock that apply on this machine, by name."""
    requirements = [Requirement(match["requirement"]) for match in PIN.finditer(lock)]
    return {canonicalize_name(pin.name): pin for pin in requirements if pin.marker is None or pin.marker.evaluate()}


def publish(index: Path, lock: str, real: set[str]) -> str:
    """Put the lock's packages and newer ones into the index; returns the lock with the hashes of what is there.

    Of the names in `real` the installed files are packed, for something has to be built with them.
    """
    hashes = {}
    for name in pins(lock):
        packed = distribution(name)
        files = _installed_files(packed) if name in real else {}
        hashes[name] = _add_wheel(index, name, packed.version, packed, files)
        _add_wheel(index, name, NEWER, packed, files)
    return PIN.sub(lambda match: _repinned(match["requirement"], hashes), lock)


def _repinned(requirement: str, hashes: dict[str, str]) -> str:
    digest = hashes.get(canonicalize_name(Requirement(requirement).name), "0" * 64)
    return f"{requirement} --hash=sha256:{digest}\n"


def _add_wheel(index: Path, name: str, version: str, packed: Distribution, files: dict[str, bytes]) -> str:
    page = index / name
    page.mkdir(parents=True, exist_ok=True)
    wheel = page / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    _write_wheel(wheel, f"{name.replace('-', '_')}-{version}.dist-info", _metadata(packed, version), files)
    links = "".join(f'<a href="{path.name}">{path.name}</a>\n' for path in sorted(page.glob("*.whl")))
    (page / "index.html").write_text(f"<!DOCTYPE html><html><body>\n{links}</body></html>\n")
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


def _metadata(packed: Distribution, version: str) -> bytes:
    """That of the real package, extras and their requirements included, with another version; description left out."""
    header = (packed.read_text("METADATA") or "").partition("\n\n")[0]
    return re.sub(r"(?m)^Version: .*$", f"Version: {version}", header).encode() + b"\n"


def _installed_files(packed: Distribution) -> dict[str, bytes]:
    files = [file for file in packed.files or () if ".." not in file.parts and file.suffix != ".pyc"]
    return {
        str(file): Path(str(file.locate())).read_bytes()
        for file in files
        if not file.parts[0].endswith(".dist-info") or file.name == "entry_points.txt"
    }


def _write_wheel(wheel: Path, info: str, metadata: bytes, files: dict[str, bytes]) -> None:
    contents = {re.sub(r"^[^/]+\.dist-info/", f"{info}/", name): content for name, content in files.items()}
    contents |= {
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{name},sha256={_digest(content)},{len(content)}" for name, content in contents.items()]
    contents[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""]).encode()
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name), content)  # with the same time always: a package is in several locks


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
