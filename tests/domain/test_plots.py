"""Plots are made of the numbers of job types by day."""

from datetime import date

import pytest

from jobsvc.domain.plots import JOB_TYPES, DayNumbers, PlotValue, chosen_columns, plot

FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)
TIMES = ("run_time_sum", "run_time_min", "run_time_max", "run_time_avg")
NUMBERS = [
    DayNumbers(2, FIRST, {"completed_count": 3, **dict(zip(TIMES, (9.0, 2.6, 4.4, 3.0), strict=True))}, executions=3),
    DayNumbers(1, SECOND, {"completed_count": 4}),
    DayNumbers(1, FIRST, {"completed_count": 1, **dict(zip(TIMES, (7.0, 7.0, 7.0, 7.0), strict=True))}, executions=1),
]


@pytest.mark.parametrize(
    ("column", "value"),
    [("completed_count", 4), ("run_time_sum", 16), ("run_time_min", 3), ("run_time_max", 7), ("run_time_avg", 4)],
)
def test_types_together(column: str, value: int) -> None:
    [chosen] = chosen_columns({column}, ())
    drawn = plot(chosen, NUMBERS, is_by_type=False)
    assert drawn.values[0] == PlotValue(FIRST, value)
    assert drawn.min_x == FIRST


def test_types_one_by_one_the_earliest_day_first() -> None:
    [chosen] = chosen_columns({"completed_count"}, ())
    drawn = plot(chosen, NUMBERS, is_by_type=True)
    assert drawn.values == [PlotValue(FIRST, 1, 1), PlotValue(FIRST, 3, 2), PlotValue(SECOND, 4, 1)]
    assert (drawn.min_x, drawn.max_x, drawn.min_y, drawn.max_y) == (FIRST, SECOND, 1, 4)


def test_what_there_are_no_values_of_has_no_ends() -> None:
    [chosen] = chosen_columns({"failed_count"}, ())
    drawn = plot(chosen, NUMBERS, is_by_type=False)
    assert (drawn.values, drawn.min_x, drawn.max_x, drawn.min_y, drawn.max_y) == ([], None, None, None, None)


def test_columns_are_chosen_by_name_and_by_group() -> None:
    assert chosen_columns((), ()) == list(JOB_TYPES.columns)
    names = [column.name for column in chosen_columns({"failed_count", "none"}, {"errors"})]
    assert names == ["failed_count", "error_system_count", "error_data_count", "error_algorithm_count"]
    assert {column.group for column in JOB_TYPES.columns} == {group.name for group in JOB_TYPES.groups}
