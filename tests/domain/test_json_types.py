"""What each Seed type takes."""

import pytest
from pydantic import JsonValue

from jobsvc.domain.json_types import JsonType

ACCEPTED: dict[JsonType, list[JsonValue]] = {
    JsonType.ARRAY: [[], [1]],
    JsonType.BOOLEAN: [True, False],
    JsonType.INTEGER: [0, -3],
    JsonType.NUMBER: [0, -3, 1.0],
    JsonType.OBJECT: [{}, {"a": 1}],
    JsonType.STRING: ["", "text"],
}
EVERY_VALUE: list[JsonValue] = [None, [], [1], True, False, 0, -3, 1.0, {}, {"a": 1}, "", "text"]


@pytest.mark.parametrize("json_type", JsonType)
def test_a_type_accepts_its_own_values_and_no_others(json_type: JsonType) -> None:
    # By their text, as Python takes True for 1 and 1.0 for 1.
    accepted = [repr(value) for value in EVERY_VALUE if json_type.accepts(value)]
    assert sorted(accepted) == sorted(repr(value) for value in ACCEPTED[json_type])
