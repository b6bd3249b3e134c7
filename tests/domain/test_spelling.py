"""One value of what a list criterion names."""

import pytest

from jobsvc.domain.spelling import singular

NAMES = {
    "job_ids": "job_id",
    "statuses": "status",
    "error_categories": "error_category",
    "source_sensor_classes": "source_sensor_class",
    "recipe_nodes": "recipe_node",
    "causes": "cause",
    "indexes": "index",
    "names": "name",
    "status": "status",
    "source_sensor_class": "source_sensor_class",
    "started": "started",
    "is_superseded": "is_superseded",
}


@pytest.mark.parametrize(("name", "one"), NAMES.items())
def test_one_value_of_a_list(name: str, one: str) -> None:
    assert singular(name) == one
