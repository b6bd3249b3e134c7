"""Brokers of workspaces."""

from typing import Any

import pytest

from jobsvc.domain.brokers import S3Broker, is_s3, read_s3_broker
from jobsvc.domain.errors import InvalidRequest

DATA = {"type": "s3", "bucket_name": "data.example.com"}


@pytest.mark.parametrize(
    ("broker", "expected"),
    [
        (DATA, S3Broker("data.example.com")),
        (DATA | {"prefix": "", "region_name": None}, S3Broker("data.example.com")),
        (DATA | {"prefix": "a/b_1=2.x/", "region_name": "eu-west-1"}, S3Broker("data.example.com", "a/b_1=2.x", "eu-west-1")),
    ],
)
def test_brokers_are_read_and_written(broker: dict[str, Any], expected: S3Broker) -> None:
    assert is_s3({"broker": broker})
    assert read_s3_broker({"broker": broker}) == expected
    assert read_s3_broker({"broker": expected.document}) == expected


@pytest.mark.parametrize(
    ("broker", "member"),
    [
        (None, ""),
        ({"type": "s3"}, ".bucket_name"),
        (DATA | {"bucket_name": 5}, ".bucket_name"),
        (DATA | {"bucket_name": "a/b"}, ".bucket_name"),
        (DATA | {"bucket_name": "UPPER"}, ".bucket_name"),
        (DATA | {"region_name": "a b"}, ".region_name"),
        (DATA | {"prefix": "/a"}, ".prefix"),
        (DATA | {"prefix": "a//b"}, ".prefix"),
        (DATA | {"prefix": "../a"}, ".prefix"),
        (DATA | {"prefix": "x" * 256}, ".prefix"),
        (DATA | {"prefix": 5}, ".prefix"),
        (DATA | {"endpoint": "http://10.0.0.1"}, ""),
        (DATA | {"credentials": {"access_key_id": "AKID", "secret_access_key": "SECRET"}}, ".credentials"),
    ],
)
def test_what_is_none_is_refused(broker: object, member: str) -> None:
    with pytest.raises(InvalidRequest, match=rf"^configuration\.broker{member}: ") as refused:
        read_s3_broker({"broker": broker})
    assert "SECRET" not in refused.value.detail


@pytest.mark.parametrize("configuration", [None, {}, {"broker": None}, {"broker": {"type": "host"}}])
def test_other_workspaces_are_no_buckets(configuration: object) -> None:
    assert not is_s3(configuration)
    with pytest.raises(InvalidRequest):
        read_s3_broker(configuration if isinstance(configuration, dict) and configuration.get("broker") else None)


@pytest.mark.parametrize(
    ("place", "is_in"),
    [
        ("data", True),
        ("data/a", True),
        ("data/a/b", True),
        ("data/a/", True),
        ("data/a/b/c", False),
        ("data/ab", False),
        ("dat", False),
    ],
)
def test_a_broker_lies_in_what_is_allowed(place: str, *, is_in: bool) -> None:
    assert S3Broker("data", "a/b").is_in(place) is is_in
