"""Webhooks: who hears of which events, how long it is tried, and where nobody is called (docs/adr/0026-webhooks.md)."""

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from jobsvc.domain.change_events import ChangeEvent, EventFilter, EventType
from jobsvc.domain.errors import InvalidRequest

ALL_OF = ".*"
TEST = "webhook.test"
"""The type of what is sent to try a webhook, which is no event."""
TRIED_FOR = timedelta(days=1)
"""How long it is tried to deliver an event, and how long a webhook may fail."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 3600.0
"""Seconds between tries: each pause is twice the one before."""
MOST_DOUBLINGS = 20
GONE = 410
MAX_URL = 2000
MAPPED = ipaddress.ip_network("64:ff9b::/96")
"""IPv6 addresses that gateways turn into the IPv4 address in their last 32 bits."""
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class DeliveryState(StrEnum):
    """What became of a delivery."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


class WebhookItem(NamedTuple):
    """A webhook; None of `types`, `job_type_names` and `batch_ids` is no condition."""

    id: int
    url: str
    description: str
    types: Sequence[str] | None
    job_type_names: Sequence[str] | None
    batch_ids: Sequence[int] | None
    is_active: bool
    disabled_reason: str | None
    created: datetime
    created_by: str | None
    last_success: datetime | None
    previous_until: datetime | None

    @property
    def criteria(self) -> EventFilter:
        """Which events are sent there."""
        return EventFilter(
            types=frozenset(expanded(self.types)) if self.types else None,
            job_type_names=frozenset(self.job_type_names) if self.job_type_names else None,
            batch_ids=frozenset(self.batch_ids) if self.batch_ids else None,
        )


class WebhookTurn(NamedTuple):
    """What is needed to send events to a webhook."""

    item: WebhookItem
    position: int
    secret: str
    previous_secret: str | None

    def secrets(self, now: datetime) -> list[str]:
        """What is signed with at this moment."""
        until = self.item.previous_until
        is_overlap = self.previous_secret is not None and until is not None and now < until
        return [self.secret, *([self.previous_secret] if is_overlap and self.previous_secret else [])]


class DeliveryInsert(NamedTuple):
    """What is to be sent."""

    event_id: int | None
    event_type: str
    job_id: int | None
    body: str


class DeliveryItem(NamedTuple):
    """An event on its way to a webhook, or there."""

    id: int
    webhook_id: int
    event_id: int | None
    event_type: str
    job_id: int | None
    body: str
    state: str
    tries: int
    created: datetime
    first_try: datetime | None
    next_try: datetime | None
    ended: datetime | None
    status_code: int | None
    response: str | None
    error: str | None

    @property
    def message_id(self) -> str:
        """What a receiver knows it by, however often it comes."""
        return f"evt_{self.event_id}" if self.event_id is not None else f"test_{self.id}"


class CallResult(NamedTuple):
    """How a try to deliver went; an `error` without a status is one without an answer."""

    status_code: int | None = None
    response: str | None = None
    error: str | None = None
    retry_after: float | None = None
    """Seconds that the receiver wants to be left alone."""

    @property
    def is_success(self) -> bool:
        """Whether the receiver has it."""
        return self.status_code is not None and 200 <= self.status_code < 300  # noqa: PLR2004


def expanded(patterns: Sequence[str]) -> set[str]:
    """The types of events that patterns name: a type, or all of a kind (`job.*`)."""
    return {
        name
        for name in EventType
        for pattern in patterns
        if name == pattern or (pattern.endswith(ALL_OF) and name.startswith(pattern.removesuffix("*")))
    }


def check_types(patterns: Sequence[str]) -> None:
    """Raise InvalidRequest for a pattern that fits no event."""
    for pattern in patterns:
        if not expanded([pattern]):
            raise InvalidRequest(f"types: {pattern!r} is no type of an event, and no kind of them as 'job.*'.")


def check_subjects(job_type_names: Sequence[str], batch_ids: Sequence[int]) -> None:
    """Raise InvalidRequest for what no job type is called, and no batch has: nothing would ever be sent for it."""
    if not all(name.strip() for name in job_type_names):
        raise InvalidRequest("job_type_names: a name must not be empty; without a condition for names leave them out.")
    for number in batch_ids:
        if number <= 0:
            raise InvalidRequest("batch_ids: must be ids of batches, which are positive and have at most 64 bits.")


def check_url(url: str, *, allows_private: bool) -> None:
    """Raise InvalidRequest for an address that nothing could be sent to."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as exc:
        raise InvalidRequest(f"url: {exc}.") from exc
    if parts.scheme not in {"https", *(("http",) if allows_private else ())} or not host or len(url) > MAX_URL:
        kinds = "http or https" if allows_private else "https"
        raise InvalidRequest(f"url: must be an absolute {kinds} URL of at most {MAX_URL} characters.")
    if parts.username is not None or parts.fragment or not (url.isascii() and url.isprintable()) or " " in url:
        raise InvalidRequest("url: must consist of printable ASCII characters, without user, password and fragment.")
    if not allows_private and _is_literal(host) and not is_public(host):
        raise InvalidRequest("url: the address is not a public one (see JOBSVC_WEBHOOK_PRIVATE).")


def is_public(text: str) -> bool:
    """Whether an address is one of the open Internet: no private, loopback, link-local, multicast or reserved one."""
    address: Address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address.sixtofour is not None or address.teredo is not None:
            return False
        if address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        elif address in MAPPED:
            address = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.is_global and not address.is_multicast and not address.is_reserved


def pause(tries: int, chance: float) -> timedelta:
    """How long to wait after so many failed tries; `chance` (0 to 1) keeps those apart that failed together."""
    seconds = min(FIRST_PAUSE * 2 ** min(tries - 1, MOST_DOUBLINGS), LONGEST_PAUSE)
    return timedelta(seconds=seconds * (0.5 + 0.5 * chance))


def retry_after(text: str | None, now: datetime) -> float | None:
    """The seconds of a `Retry-After`, at most a day; None for none and for what cannot be read."""
    if text is None:
        return None
    if text.isascii() and text.isdigit():
        seconds = float(text)
    else:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    return min(max(seconds, 0.0), TRIED_FOR.total_seconds())


def payload(event: ChangeEvent) -> dict[str, Any]:
    """What is sent of an event: the members that the API shows, in the form that the specification recommends."""
    job_type = {"id": event.job_type_id, "name": event.job_type_name, "version": event.job_type_version}
    members = event._asdict()
    shown = {
        "id": members.pop("seq"),
        **{name: value for name, value in members.items() if not name.startswith("job_type_")},
        "job_type": job_type if event.job_type_id is not None else None,
    }
    return {"type": event.type, "timestamp": event.time, "data": shown}


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
