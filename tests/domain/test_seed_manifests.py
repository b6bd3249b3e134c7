"""Manifests as people write them, and all that the published Seed schema takes: none of them is refused."""

from typing import Any

import pytest

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.seed import normalise, parse_manifest

JOB: dict[str, Any] = {
    "name": "file-mover",
    "jobVersion": "1.0.0",
    "packageVersion": "1.0.0",
    "title": "File Mover",
    "description": "Moves a file",
    "maintainer": {"name": "Jane Doe", "email": "jane@example.com"},
    "timeout": 3600,
}


def of(**job: Any) -> dict[str, Any]:
    return {"seedVersion": "1.0.0", "job": JOB | job}


def outputs(kind: str, **members: Any) -> dict[str, Any]:
    return of(interface={"outputs": {kind: [{"name": "out", **members}]}})


def inputs(kind: str, **members: Any) -> dict[str, Any]:
    return of(interface={"inputs": {kind: [{"name": "IN", **members}]}})


def scalar(name: str, value: float, **members: Any) -> dict[str, Any]:
    return of(resources={"scalar": [{"name": name, "value": value, **members}]})


TAKEN: dict[str, dict[str, Any]] = {
    "nothing but what is required": of(),
    "empty texts": of(title="", description="", tags=[""], maintainer={"name": "", "email": "", "url": "", "phone": ""}),
    "every member of a maintainer": of(maintainer={**JOB["maintainer"], "organization": "AIS", "url": "x", "phone": "1"}),
    "empty sections": of(tags=[], resources={}, interface={}, errors=[]),
    "empty lists": of(
        resources={"scalar": []},
        interface={
            "command": "",
            "inputs": {"files": [], "json": []},
            "outputs": {"files": [], "json": []},
            "mounts": [],
            "settings": [],
        },
    ),
    "empty inputs and outputs": of(interface={"inputs": {}, "outputs": {}}),
    "an empty key": outputs("json", type="string", key=""),
    "a key of any text": outputs("json", type="object", key="a b/ü.$"),
    "an empty pattern": outputs("files", pattern=""),
    "an empty media type": outputs("files", pattern="*", mediaType=""),
    "no media types": inputs("files", mediaTypes=[]),
    "several media types": inputs("files", mediaTypes=["text/plain", "", "image/tiff"]),
    "all flags of a file": inputs("files", required=False, multiple=True, partial=True),
    "amounts of whole and of none": scalar("cpus", 1, inputMultiplier=0),
    "a multiplier": scalar("disk", 1.0, inputMultiplier=1.0),
    "shared memory": scalar("sharedMem", 16384.0),
    "gpus that are whole as a float": scalar("gpus", 2.0),
    "a resource of its own": scalar("my_licence-2", 0.5),
    "any timeout": of(timeout=-1),
    "any code": of(errors=[{"code": -1, "name": "a"}, {"code": 0, "name": "b", "title": "", "description": ""}]),
    "errors of both categories": of(
        errors=[{"code": 1, "name": "a", "category": "job"}, {"code": 1, "name": "b", "category": "data"}]
    ),
    "versions with labels": of(jobVersion="0.0.1-alpha.1+build.5", packageVersion="10.20.30-SNAPSHOT"),
    "a command of several words": of(interface={"command": "${INPUT_FILE} ${OUTPUT_DIR} 'a b' --x=\"$Y\""}),
    "mounts and settings": of(
        interface={
            "mounts": [{"name": "MOUNT_BIN", "path": "/usr/bin/"}, {"name": "MOUNT_VAR", "path": "/var/", "mode": "rw"}],
            "settings": [{"name": "DB_HOST", "secret": False}, {"name": "DB_PASS", "secret": True}],
        }
    ),
}


@pytest.mark.parametrize("document", TAKEN.values(), ids=TAKEN.keys())
def test_what_the_published_schema_takes(document: dict[str, Any]) -> None:
    written = normalise(document)
    assert normalise(written) == written
    assert parse_manifest(document).name == "file-mover"


UNKNOWN: dict[str, dict[str, Any]] = {
    "of a job": of(category="x"),
    "of a maintainer": of(maintainer={**JOB["maintainer"], "x": 1}),
    "of an interface": of(interface={"envVars": []}),
    "of inputs": of(interface={"inputs": {"x": []}}),
    "of a file": inputs("files", mediaType="x"),
    "of an output": outputs("files", pattern="*", count="2"),
    "of a resource": scalar("cpus", 1, x=1),
    "of resources": of(resources={"scalar": [], "x": []}),
    "of an error": of(errors=[{"code": 1, "name": "a", "x": 1}]),
}
MISSING: dict[str, dict[str, Any]] = {
    "an email": of(maintainer={"name": "Jane Doe", "url": "x"}),
    "a name": of(maintainer={"email": "x"}),
    "a pattern": outputs("files"),
    "a type": outputs("json", key=""),
    "a value": of(resources={"scalar": [{"name": "cpus"}]}),
    "a code": of(errors=[{"name": "a"}]),
}
OF_ANOTHER_TYPE: dict[str, dict[str, Any]] = {
    "key": outputs("json", type="string", key=None),
    "pattern": outputs("files", pattern=None),
    "media types": inputs("files", mediaTypes="text/plain"),
    "multiple": inputs("files", multiple="true"),
    "tags": of(tags="x"),
    "value": of(resources={"scalar": [{"name": "cpus", "value": "1"}]}),
    "code": of(errors=[{"code": 1.5, "name": "a"}]),
    "interface": of(interface=None),
}
REFUSED = {
    **{f"unknown member {name}": document for name, document in UNKNOWN.items()},
    **{f"without {name}": document for name, document in MISSING.items()},
    **{f"another type of {name}": document for name, document in OF_ANOTHER_TYPE.items()},
}


@pytest.mark.parametrize("document", REFUSED.values(), ids=REFUSED.keys())
def test_what_the_published_schema_refuses(document: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match=r"^manifest\.job[.:]"):
        parse_manifest(document)
