"""What the process of a Seed job is given (docs/spec/behaviour/seed.md#running)."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import JsonValue

from jobsvc.domain.json_types import JsonType
from jobsvc.domain.seed import FileInput, JsonInput, Mount, SeedManifest, Setting
from jobsvc.domain.seed_environment import ExecutionFacts, environment, name_clash

MANIFEST = SeedManifest(
    name="count",
    job_version="1.0.0",
    package_version="1.0.0",
    title="Count",
    description="",
    timeout=60,
    file_inputs=(FileInput("in-text"), FileInput("more", multiple=True), FileInput("none", required=False)),
    json_inputs=(JsonInput("limit", JsonType.NUMBER), JsonInput("absent", JsonType.STRING, required=False)),
    settings=(Setting("db-host"), Setting("unset")),
)
FACTS = ExecutionFacts(job_id=7, exe_num=2, output_dir="/out", input_metadata="/in/metadata.json")


def test_every_variable_of_a_job() -> None:
    facts = ExecutionFacts(
        job_id=7,
        exe_num=2,
        output_dir="/out",
        input_metadata="/in/metadata.json",
        resources={"cpus": 0.25, "disk": 26},
        recipe_id=3,
        batch_id=4,
    )
    files = {"in-text": ["/in/in-text/a.txt"], "more": ["/in/more/b.txt", "/in/more/c.txt"]}
    assert environment(MANIFEST, files, {"limit": 1.5}, {"db-host": "db", "PATH": "/evil"}, facts) == {
        "IN_TEXT": "/in/in-text/a.txt",
        "MORE": "/in/more",
        "NONE": "",
        "LIMIT": "1.5",
        "ABSENT": "",
        "DB_HOST": "db",
        "OUTPUT_DIR": "/out",
        "INPUT_METADATA": "/in/metadata.json",
        "SCALE_JOB_ID": "7",
        "SCALE_EXE_NUM": "2",
        "SCALE_RECIPE_ID": "3",
        "SCALE_BATCH_ID": "4",
        "ALLOCATED_CPUS": "0.2",
        "ALLOCATED_DISK": "26.0",
    }


def test_a_job_outside_of_recipes_and_batches_has_no_variables_for_them() -> None:
    variables = environment(MANIFEST, {}, {}, {}, FACTS)
    assert not {"SCALE_RECIPE_ID", "SCALE_BATCH_ID"} & variables.keys()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain 'text'", "plain 'text'"),
        (5, "5"),
        (True, "true"),
        ([1, "a"], '[1, "a"]'),
        ({"a": None}, '{"a": null}'),
    ],
)
def test_a_json_input_is_json_text_unless_it_is_a_string(value: JsonValue, text: str) -> None:
    assert environment(MANIFEST, {}, {"limit": value}, {}, FACTS)["LIMIT"] == text


def test_an_input_cannot_take_the_place_of_a_variable_of_the_service() -> None:
    manifest = SeedManifest("x", "1.0.0", "1.0.0", "", "", 1, json_inputs=(JsonInput("scale-job-id", JsonType.STRING),))
    assert environment(manifest, {}, {"scale-job-id": "8"}, {}, FACTS)["SCALE_JOB_ID"] == "7"


@pytest.mark.parametrize(
    ("parts", "variable"),
    [
        ({}, None),
        ({"settings": (Setting("path"),)}, "PATH"),
        ({"mounts": (Mount("in-text", "/x"),)}, "IN_TEXT"),
        ({"mounts": (Mount("m", "/x"), Mount("M", "/y"))}, "M"),
        ({"json_inputs": (JsonInput("ld-audit", JsonType.STRING),)}, "LD_AUDIT"),
    ],
)
def test_names_of_a_stored_manifest_that_are_not_free_are_noticed(parts: dict[str, Any], variable: str | None) -> None:
    assert name_clash(replace(MANIFEST, **parts)) == variable
