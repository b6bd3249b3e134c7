"""Makes all files of a release, and the image where a container runtime answers: `make release` (docs/development/releases.md).

The version is that of pyproject.toml. Wheel and source distribution are built twice, and have to be the same bytes.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

from jobsvc.api.openapi import downgrade

ROOT = Path(__file__).parents[1]
RUNTIMES = ("docker", "podman")
BILL = ROOT / ".release" / "bin" / "cyclonedx-py"
"""Lists what a lock pins, from an environment of its own."""
SUMS = "SHA256SUMS"
UNRELEASED = "Unreleased"


class NotReleasable(Exception):
    """Something has to be done first; the text says what."""


def main(out: Path, *, is_draft: bool, has_image: bool) -> None:
    """Make the release in the directory `out`, which must be empty or not there. NotReleasable."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    version = str(project["version"])
    if not is_draft:
        check_tree(version)
    notes = changes((ROOT / "CHANGELOG.md").read_text(), version, is_draft=is_draft)
    if out.exists() and any(out.iterdir()):
        raise NotReleasable(f"{out} is not empty: remove it")
    out.mkdir(parents=True, exist_ok=True)
    built = build(out)
    write_documents(out, version)
    (out / "CHANGES.md").write_text(notes)
    write_bill(out / f"jobsvc-{version}.cdx.json")
    (out / SUMS).write_text("".join(f"{digest(file)}  {file.name}\n" for file in sorted(out.iterdir())))
    print(f"jobsvc {version}, {', '.join(built)} and {len(list(out.iterdir())) - len(built)} more files in {out}")
    if has_image:
        print(image(version))


def check_tree(version: str) -> None:
    """Everything is committed, and the version is a new one. NotReleasable."""
    if changed := _output("git", "status", "--porcelain"):
        raise NotReleasable(f"not everything is committed:\n{changed}")
    tag = f"v{version}"
    at = _output("git", "tag", "--points-at", "HEAD").split()
    if tag not in at and _output("git", "tag", "--list", tag):
        raise NotReleasable(f"{tag} is there, on another commit: set a new version in pyproject.toml")


def changes(changelog: str, version: str, *, is_draft: bool = False) -> str:
    """The section of a version; of a draft, what is not released yet, if there is anything. NotReleasable."""
    sections = dict(_sections(changelog))
    unreleased = sections.get(UNRELEASED, "")
    if is_draft and unreleased:
        return unreleased
    dated = [text for title, text in sections.items() if re.fullmatch(rf"{re.escape(version)} - \d{{4}}-\d\d-\d\d", title)]
    if not dated or not dated[0]:
        raise NotReleasable(f"CHANGELOG.md has no section `## {version} - YYYY-MM-DD` with something in it")
    if unreleased:
        raise NotReleasable(f"CHANGELOG.md has lines under {UNRELEASED}: they belong into the section of {version}")
    return dated[0]


def _sections(changelog: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"(?m)^## ", changelog)[1:]:
        title, _, text = part.partition("\n")
        yield title.strip(), text.strip() + "\n" if text.strip() else ""


def build(out: Path) -> list[str]:
    """Wheel and source distribution, whose times are that of the commit; returns their names. NotReleasable."""
    variables = os.environ | {"SOURCE_DATE_EPOCH": _output("git", "log", "-1", "--format=%ct").strip()}
    with tempfile.TemporaryDirectory() as again:
        for directory in (out, Path(again)):
            command = [sys.executable, "-m", "hatchling", "build", "-d", str(directory)]
            subprocess.run(command, cwd=ROOT, env=variables, check=True, capture_output=True)  # noqa: S603
        digests, others = ({file.name: digest(file) for file in Path(place).iterdir()} for place in (out, again))
    if digests != others:
        raise NotReleasable(f"two builds of the same files differ: {digests} and {others}")
    return sorted(digests)


def write_documents(out: Path, version: str) -> None:
    """Both OpenAPI documents, in 3.1 and 3.0. NotReleasable when they are of another version."""
    for file in sorted((ROOT / "openapi").glob("*.json")):
        document = json.loads(file.read_text())
        if document["info"]["version"] != version:
            raise NotReleasable(f"{file.name} is of version {document['info']['version']}: run `make openapi`")
        shutil.copyfile(file, out / f"jobsvc-{version}-openapi-{file.name}")
        older = json.dumps(downgrade(document), indent=2)
        (out / f"jobsvc-{version}-openapi-{file.stem}-3.0.json").write_text(f"{older}\n")


def write_bill(file: Path) -> None:
    """The bill of materials in CycloneDX: what the lock pins, the same bytes each time. NotReleasable."""
    if not BILL.exists():
        raise NotReleasable(f"{BILL} is missing: `make .release/installed` makes it")
    command = [str(BILL), "requirements", "--output-reproducible", "--mc-type=application"]
    arguments = ["--pyproject=pyproject.toml", f"--output-file={file.resolve()}", "requirements.lock"]
    subprocess.run([*command, *arguments], cwd=ROOT, check=True, capture_output=True)  # noqa: S603


def image(version: str, path: str | None = None) -> str:
    """Build the image with the first runtime that answers; says what was done. NotReleasable."""
    for name in RUNTIMES:
        program = shutil.which(name, path=path)
        if program and not subprocess.run([program, "info"], check=False, capture_output=True).returncode:  # noqa: S603
            # Podman leaves HEALTHCHECK out of images of the other format.
            form = ["--format=docker"] if name == "podman" else []
            arguments = [f"--build-arg=VERSION={version}", f"--build-arg=REVISION={_output('git', 'rev-parse', 'HEAD').strip()}"]
            command = [program, "build", *form, *arguments, f"--tag=jobsvc:{version}", "."]
            if subprocess.run(command, cwd=ROOT, check=False).returncode:  # noqa: S603
                raise NotReleasable(f"{name} cannot build the image, as it says above; all other files are made")
            return f"the image jobsvc:{version}, in {name}"
    return "no image: neither Docker nor Podman answers here"


def digest(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _output(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout  # noqa: S603


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--draft", action="store_true", help="of a state that is not ready to be released, to try it")
    parser.add_argument("--no-image", action="store_true")
    chosen = parser.parse_args()
    try:
        main(chosen.out, is_draft=chosen.draft, has_image=not chosen.no_image)
    except NotReleasable as exc:
        sys.exit(f"release: {exc}")
