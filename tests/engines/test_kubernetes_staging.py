"""Where files of pods may be carried by, and what a pod says of its outputs that is not believed."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jobsvc.domain.builtin_errors import INVALID_RESULTS_MANIFEST
from jobsvc.domain.outputs import OutputProblem
from jobsvc.domain.seed import FileOutput
from jobsvc.engine_factories import Setup, engine_table
from jobsvc.engines.carriage import Report, ReportedFile
from jobsvc.engines.kubernetes.shipment import checked
from jobsvc.settings import Settings, SettingsProblem
from tests.contracts.engine_bench import manifest

STAGING = {"kubernetes_staging": "data/staging", "kubernetes_staging_image": "jobsvc:1"}
FILE = ReportedFile("all", "a", "text/plain", 1)


def _table(directory: Path, **settings: Any) -> object:
    made = Settings(data_dir=directory, engines=("kubernetes",), engine="kubernetes", **settings)
    return engine_table(Setup(made, "i", "w"))


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"s3_buckets": ("data",)}, "JOBSVC_KUBERNETES_STAGING: it must lie outside"),
        ({"s3_buckets": ("other", "data/staging/below")}, "JOBSVC_KUBERNETES_STAGING: it must lie outside"),
        ({"kubernetes_staging_image": None}, "JOBSVC_KUBERNETES_STAGING_IMAGE"),
        ({"kubernetes_staging": None}, "JOBSVC_KUBERNETES_VOLUMES"),
    ],
)
def test_a_worker_does_not_start_with_a_staging_place_that_is_none(
    tmp_path: Path, settings: dict[str, object], problem: str
) -> None:
    with pytest.raises(SettingsProblem, match=problem):
        _table(tmp_path, **STAGING | settings)


def test_one_beside_the_workspaces_needs_no_volume(tmp_path: Path) -> None:
    assert _table(tmp_path, **STAGING, s3_buckets=("data/staging-not", "data/workspaces"))


@pytest.mark.parametrize(
    "files",
    [
        (replace(FILE, output="other"),),
        (replace(FILE, name="../a"),),
        (replace(FILE, name="/etc/passwd"),),
        (replace(FILE, size=-1),),
        (FILE, replace(FILE, size=2)),
        (replace(FILE, size=1 << 41),),
        tuple(replace(FILE, name=str(number)) for number in range(10_001)),
    ],
)
def test_a_report_is_not_believed_that_goes_beyond_what_a_job_may_leave(files: tuple[ReportedFile, ...]) -> None:
    declared = manifest(file_outputs=(FileOutput("all", "**", multiple=True),))
    with pytest.raises(OutputProblem) as caught:
        checked(Report(files), declared)
    assert caught.value.error_name == INVALID_RESULTS_MANIFEST


def test_what_two_outputs_take_is_shipped_once() -> None:
    declared = manifest(file_outputs=(FileOutput("all", "**"), FileOutput("one", "a")))
    assert checked(Report((FILE, replace(FILE, output="one"))), declared) == {"a": 1}
