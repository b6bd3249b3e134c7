"""What is read of a job to run it."""

from typing import Any

import pytest

from jobsvc.domain.execution_records import LaunchInputs, TypeInputs


@pytest.mark.parametrize(
    ("document", "expected"),
    [(None, {}), ({}, {}), ({"json": {"N": 1}}, {}), ({"files": {"IN": [3, 1], "ONE": [2]}}, {"IN": [3, 1], "ONE": [2]})],
)
def test_the_input_files(document: dict[str, Any] | None, expected: dict[str, list[int]]) -> None:
    of_type = TypeInputs(1, "echo", "1.0.0", {}, {}, None, "{}")
    inputs = LaunchInputs(1, 1, "x", None, document, None, None, None, None, of_type)
    assert inputs.file_ids == expected
