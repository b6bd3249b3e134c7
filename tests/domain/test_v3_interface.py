"""A Seed manifest as a job interface 1.0."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from jobsvc.domain.json_types import JsonType
from jobsvc.domain.seed import FileInput, FileOutput, JsonInput, JsonOutput, Mount, SeedManifest, Setting
from jobsvc.domain.v3.interface import interface_document, split_command

DOCUMENTED = json.loads((Path(__file__).parents[1] / "data" / "v3" / "v3-later_job_details.json").read_text())
BARE = SeedManifest(name="count", job_version="1.0.0", package_version="1.0.0", title="Count", description="", timeout=60)
FULL = replace(
    BARE,
    command="count ${TEXT} ${OUTPUT_DIR}",
    file_inputs=(FileInput("TEXT"), FileInput("MORE", required=False, multiple=True, partial=True, media_types=("text/csv",))),
    json_inputs=(JsonInput("MODE", JsonType.STRING), JsonInput("NOTE", JsonType.STRING, required=False)),
    file_outputs=(FileOutput("TABLE", "TABLE*", "text/csv"), FileOutput("REST", "REST*", multiple=True, required=False)),
    json_outputs=(JsonOutput("TOTAL", JsonType.STRING, "TOTAL"),),
    mounts=(Mount("data", "/data"), Mount("scratch", "/scratch", "rw")),
    settings=(Setting("HOST"), Setting("PASSWORD", secret=True)),
)


def test_all_that_an_interface_may_say() -> None:
    assert interface_document(FULL) == {
        "input_data": [
            {"type": "file", "name": "TEXT"},
            {"type": "files", "name": "MORE", "required": False, "partial": True, "media_types": ["text/csv"]},
            {"type": "property", "name": "MODE"},
            {"type": "property", "name": "NOTE", "required": False},
        ],
        "output_data": [
            {"media_type": "text/csv", "type": "file", "name": "TABLE"},
            {"media_type": "application/octet-stream", "type": "files", "name": "REST", "required": False},
            {"type": "property", "name": "TOTAL"},
        ],
        "version": "1.0",
        "command": "count",
        "command_arguments": "${TEXT} ${OUTPUT_DIR}",
        "mounts": [{"name": "data", "path": "/data"}, {"name": "scratch", "path": "/scratch", "mode": "rw"}],
        "settings": [{"name": "HOST"}, {"name": "PASSWORD", "secret": True}],
    }


def test_what_an_interface_has_no_place_for() -> None:
    manifest = replace(
        BARE,
        json_inputs=(JsonInput("COUNT", JsonType.INTEGER),),
        file_outputs=(FileOutput("TABLE", "out/*.csv"),),
        json_outputs=(JsonOutput("TOTAL", JsonType.NUMBER, key="sum"),),
    )
    document = interface_document(manifest)
    assert document["input_data"] == [{"type": "property", "name": "COUNT"}]
    assert document["output_data"] == [
        {"media_type": "application/octet-stream", "type": "file", "name": "TABLE"},
        {"type": "property", "name": "TOTAL"},
    ]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("", ("", "")),
        ("true", ("true", "")),
        ("cat -n file", ("cat -n file", "")),
        ("cat -n ${IN} -", ("cat -n", "${IN} -")),
        ("${PROGRAM} ${IN}", ("${PROGRAM}", "${IN}")),
        ("sh -c 'cat $IN' x", ("sh -c", "'cat $IN' x")),
        ('sh -c "cat  $IN"', ("sh -c", '"cat  $IN"')),
        ("cat  $IN", ("cat ", "$IN")),
        ("cat\t$IN $MORE", ("cat\t$IN", "$MORE")),
    ],
)
def test_the_arguments_begin_with_the_first_variable(command: str, expected: tuple[str, str]) -> None:
    assert split_command(command) == expected
