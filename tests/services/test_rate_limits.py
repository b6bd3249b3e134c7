"""Buckets of tokens."""

from jobsvc.services import rate_limits
from jobsvc.services.rate_limits import Buckets, Quota


class Clock:
    """Stands still until it is set."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_is_emptied_and_filled_up_again() -> None:
    clock = Clock()
    buckets = Buckets(6, clock)
    assert [buckets.take("a") for _ in range(7)] == [
        Quota(5, 0, 10),
        Quota(4, 0, 20),
        Quota(3, 0, 30),
        Quota(2, 0, 40),
        Quota(1, 0, 50),
        Quota(0, 10, 60),
        None,
    ]
    assert buckets.quota("b") == Quota(6, 0, 0)
    clock.now += 9
    assert buckets.take("a") is None
    assert buckets.quota("a") == Quota(0, 1, 51)
    clock.now += 1
    assert buckets.take("a") == Quota(0, 10, 60)
    clock.now += 1000
    assert buckets.quota("a") == Quota(6, 0, 0)


def test_the_memory_is_bounded() -> None:
    buckets = Buckets(1, Clock())
    for number in range(rate_limits.MOST_KEPT + 1):
        assert buckets.take(number) is not None
    assert buckets.take(rate_limits.MOST_KEPT) is None
    # Of the oldest nothing is known any more.
    assert buckets.take(0) is not None
