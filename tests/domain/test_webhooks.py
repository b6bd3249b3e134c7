"""Who is told of what, where nobody is called, and how long it is tried."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobsvc.domain.change_events import ChangeEvent
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.webhooks import (
    CallResult,
    DeliveryItem,
    WebhookItem,
    WebhookTurn,
    check_subjects,
    check_types,
    check_url,
    expanded,
    is_public,
    pause,
    payload,
    retry_after,
)

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
ITEM = WebhookItem(1, "https://a.example/", "", ["bulk.*"], ["echo"], [3], True, None, NOW, None, None, None)  # noqa: FBT003
DELIVERY = DeliveryItem(5, 1, None, "webhook.test", None, "{}", "PENDING", 0, NOW, None, NOW, None, None, None, None)


def test_conditions_name_what_there_can_be() -> None:
    check_subjects(["echo"], [1])
    with pytest.raises(InvalidRequest, match="job_type_names"):
        check_subjects(["echo", " "], [])
    with pytest.raises(InvalidRequest, match="batch_ids"):
        check_subjects([], [1, 0])


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.1.2.3", "224.0.0.1"),
        *("255.255.255.255", "240.0.0.1", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1"),
        *("::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:53aa:64c:0:0:0:1"),
    ],
)
def test_what_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_what_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://a.example/", "https:///x", "http://a.example/", "https://u:p@a.example/", "https://a.example/#x", "hook"),
        *("https://[::1/", "https://a.example:99999/", "https://a.example/ x", "https://127.0.0.1/", "https://[fe80::1]/"),
        *("https://\u00e4.example/", "https://a.example/" + "x" * 2000),
    ],
)
def test_where_nothing_is_sent_to(url: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^url: "):
        check_url(url, allows_private=False)


def test_where_something_is_sent_to() -> None:
    check_url("https://hooks.example:8443/a?b=c", allows_private=False)
    check_url("https://8.8.8.8/", allows_private=False)
    check_url("http://127.0.0.1:8000/", allows_private=True)


def test_types_are_named_alone_or_by_kind() -> None:
    assert expanded(["job.queued", "bulk.*"]) == {
        *("job.queued", "bulk.accepted", "bulk.started", "bulk.completed", "bulk.stopped")
    }
    check_types(["job.*"])
    for pattern in ("job", "*", ".*", "jobs.*", ""):
        with pytest.raises(InvalidRequest, match=r"^types: "):
            check_types([pattern])


def test_criteria_are_those_that_there_are() -> None:
    assert ITEM.criteria.types == frozenset(expanded(["bulk.*"]))
    assert ITEM.criteria.batch_ids == frozenset({3})
    everything = ITEM._replace(types=None, job_type_names=None, batch_ids=None).criteria
    assert everything.model_dump(exclude_none=True) == {}


def test_the_secret_before_is_good_until_its_time() -> None:
    turn = WebhookTurn(ITEM._replace(previous_until=NOW), 0, "new", "old")
    assert turn.secrets(NOW - timedelta(seconds=1)) == ["new", "old"]
    assert turn.secrets(NOW) == ["new"]
    assert WebhookTurn(ITEM, 0, "new", None).secrets(NOW) == ["new"]


def test_pauses_grow_to_an_hour() -> None:
    assert [pause(number, 1).total_seconds() for number in (1, 2, 3, 50, 5000)] == [5, 10, 20, 3600, 3600]
    assert pause(1, 0).total_seconds() == 2.5


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("120", 120),
        ("9999999", 86_400),
        ("soon", None),
        ("-5", None),
        ("Thu, 01 Jan 2026 12:01:00 GMT", 60),
        ("Thu, 01 Jan 2026 12:01:00 -0000", 60),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0),
    ],
)
def test_how_long_a_receiver_wants_to_be_left_alone(text: str | None, seconds: float | None) -> None:
    assert retry_after(text, NOW) == seconds


def test_a_message_is_known_by_its_event() -> None:
    assert DELIVERY.message_id == "test_5"
    assert DELIVERY._replace(event_id=9).message_id == "evt_9"


def test_what_is_a_success() -> None:
    assert [CallResult(status).is_success for status in (None, 199, 200, 204, 299, 300)] == [
        False,
        False,
        True,
        True,
        True,
        False,
    ]


def test_an_event_without_a_job_type_has_none() -> None:
    nothing: Any = [None] * 10
    event = ChangeEvent._make([7, NOW, "worker.started", *nothing, "w1", None, {}])
    message = payload(event)
    assert (message["type"], message["timestamp"], message["data"]["id"]) == ("worker.started", NOW, 7)
    assert message["data"]["job_type"] is None
