"""Which numbers a query can be given as ids."""

import pytest

from jobsvc.domain.ids import MAX_ID, NO_ID, storable_id


@pytest.mark.parametrize("number", [1, 0, -1, MAX_ID, -MAX_ID])
def test_what_can_be_stored_stays(number: int) -> None:
    assert storable_id(number) == number


@pytest.mark.parametrize("number", [MAX_ID + 1, -MAX_ID - 1, 10**30, -(10**30)])
def test_what_cannot_be_stored_is_the_id_of_nothing(number: int) -> None:
    assert storable_id(number) == NO_ID
