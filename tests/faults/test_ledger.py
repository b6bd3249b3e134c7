"""The trials themselves: what goes against a promise is seen."""

import pytest

from tests.faults.conftest import Begin
from tests.faults.ledger import Trial
from tests.stack.up import Up


@pytest.fixture
def done(shared_up: Up, begin: Begin) -> Trial:
    """A trial of two jobs that hold every promise."""
    trial = begin(shared_up, seconds=0.1)
    trial.submit(2)
    trial.check()
    return trial


@pytest.mark.parametrize("line", ["{} 1 start", "{} 1 end", "{} 2 start", "{} 2 end", "999999 1 start"])
def test_a_run_too_many_is_seen(done: Trial, line: str) -> None:
    with done.ledger.open("a") as ledger:
        ledger.write(line.format(done.accepted[0]) + "\n")
    with pytest.raises(AssertionError):
        done.check()


@pytest.mark.parametrize("number", [0, -1])
def test_a_run_too_few_is_seen(done: Trial, number: int) -> None:
    lines = done.ledger.read_text().splitlines(keepends=True)
    del lines[number]
    done.ledger.write_text("".join(lines))
    with pytest.raises(AssertionError):
        done.check()


def test_a_job_that_was_lost_or_invented_is_seen(done: Trial) -> None:
    first, second = done.accepted
    for done.accepted in ([second, first + 999_999], [second]):
        with pytest.raises(AssertionError):
            done.check(0.5)


def test_a_line_that_is_missing_is_seen(done: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    done.lines += 1
    monkeypatch.setattr("tests.faults.ledger.LOG_LIMIT", 0.5)
    with pytest.raises(AssertionError, match="has 200 of 201 lines"):
        done.check()
