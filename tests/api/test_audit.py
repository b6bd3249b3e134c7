"""The audit: every change and every refusal, for ever the same."""

import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from jobsvc.api.context import Services
from jobsvc.api.identity import AccessOptions
from jobsvc.app import bare_app
from jobsvc.db.database import Database
from jobsvc.domain.access import Principal, Role, digest_of
from jobsvc.domain.audit import AuditEntry
from jobsvc.domain.errors import DatabaseUnavailable
from jobsvc.domain.filters import AuditFilter
from jobsvc.domain.paging import PageRequest
from jobsvc.services import audit as audits
from jobsvc.services.audit import AuditService
from tests.factories import Factory
from tests.support import BASE, stopped_clock


@pytest_asyncio.fixture
async def http(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an API with an operator and a viewer."""
    principals = {digest_of(role): Principal(role, role) for role in Role}
    app = bare_app({}, access=AccessOptions(principals), root_path="/api")
    app.state.services = services
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app, client=("192.0.2.7", 5)), base_url=BASE) as client:
        yield client


def token(role: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {role}", "X-Request-Id": f"id of {role}"}


async def entries(http: httpx.AsyncClient, **params: Any) -> list[dict[str, Any]]:
    answer = await http.get("/v6/audit/", params=params, headers=token("operator"))
    assert answer.status_code == 200, answer.text
    return list(answer.json()["results"])


async def test_a_change_is_written_down(http: httpx.AsyncClient, make: Factory) -> None:
    kind = (await make.job_type()).item.job_type.id
    body = b'{"job_type_id": %d}' % kind
    made = await http.post("/v6/jobs/?a=b", content=body, headers=token("submitter"))
    [entry] = await entries(http)
    assert entry.pop("at")
    assert entry == {
        "id": entry["id"],
        "user": "submitter",
        "source": "setting",
        "operation": "create_job",
        "method": "POST",
        "path": "/v6/jobs/",
        "query": "a=b",
        "subject": f"/v6/jobs/{made.json()['id']}/",
        "filter": None,
        "digest": hashlib.sha256(body).hexdigest(),
        "status": 201,
        "request_id": made.headers["x-request-id"],
        "address": "192.0.2.7",
    }


@pytest.mark.parametrize("path", ["/v6/jobs/cancel/", "/v6/jobs/requeue/", "/jobs/cancel/", "/queue/requeue-jobs/"])
async def test_of_many_jobs_the_filter_is_written_down(http: httpx.AsyncClient, path: str) -> None:
    await http.post(path, json={"job_ids": [5], "status": "FAILED"}, headers=token("operator"))
    [entry] = await entries(http)
    assert entry["filter"]["job_ids"] == [5]
    assert (entry["subject"] is None) is (path == "/queue/requeue-jobs/")


async def test_what_is_read_is_not_written_down_and_what_is_refused_is(http: httpx.AsyncClient) -> None:
    await http.get("/v6/jobs/", headers=token("viewer"))
    await http.post("/v6/jobs/", json={}, headers=token("viewer"))
    await http.get("/v6/audit/", headers=token("viewer"))
    await http.get("/v6/jobs/")
    await http.get("/v6/accounts/profile/", headers={"Authorization": "Bearer wrong"})
    shown = [(item["user"], item["operation"], item["status"]) for item in await entries(http)]
    assert shown == [
        ("Anonymous", None, 401),
        ("Anonymous", None, 403),
        ("viewer", "list_audit_entries", 403),
        ("viewer", "create_job", 403),
    ]


async def test_requests_that_are_wrong_are_written_down_as_well(http: httpx.AsyncClient) -> None:
    answers = [
        await http.post("/v6/jobs/", content=b"{", headers=token("admin")),
        await http.patch("/v6/nodes/987654/", json={"is_paused": True}, headers=token("admin")),
        await http.post("/v6/nowhere/", headers=token("admin")),
    ]
    shown = [(item["operation"], item["subject"], item["status"]) for item in await entries(http)]
    assert [answer.status_code for answer in answers] == [400, 404, 404]
    assert shown == [(None, None, 404), ("update_node", "/v6/nodes/987654/", 404), ("create_job", None, 400)]


@pytest.mark.parametrize(
    ("params", "count"),
    [
        ({"user": "operator"}, 2),
        ({"operation": "cancel_jobs"}, 1),
        ({"status": 202}, 2),
        ({"status": 403}, 1),
        ({"subject": "/v6/bulk-operations/2/"}, 1),
        ({"address": "192.0.2.7"}, 3),
        ({"address": "192.0.2.8"}, 0),
        ({"request_id": "unknown"}, 0),
        ({"started": "PT1H"}, 3),
        ({"ended": "PT1H"}, 0),
        ({"page_size": 2}, 2),
        ({"page_size": 2, "page": 2}, 1),
    ],
)
async def test_entries_can_be_filtered_and_paged(http: httpx.AsyncClient, params: dict[str, Any], count: int) -> None:
    await http.post("/v6/jobs/cancel/", json={"job_ids": [5]}, headers=token("operator"))
    await http.post("/v6/jobs/requeue/", json={"job_ids": [5]}, headers=token("operator"))
    await http.post("/v6/jobs/requeue/", json={"job_ids": [5]}, headers=token("viewer"))
    assert len(await entries(http, **params)) == count


async def executed(db: Database, statements: str) -> None:
    async with db.engine.begin() as connection:
        for part in statements.split("; "):
            await connection.execute(text(part))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET \"user\" = 'nobody'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "SET LOCAL jobsvc.audit_retention = 'on'; UPDATE audit_entry SET status = 200",
    ],
)
async def test_entries_are_neither_changed_nor_deleted(http: httpx.AsyncClient, db: Database, statement: str) -> None:
    await http.post("/v6/jobs/cancel/", json={"job_ids": [5]}, headers=token("operator"))
    before = await entries(http)
    with pytest.raises(DBAPIError, match="entries of the audit"):
        await executed(db, statement)
    assert await entries(http) == before != []


async def test_retention_lets_go_of_old_entries(db: Database, services: Services, http: httpx.AsyncClient) -> None:
    await http.post("/v6/jobs/cancel/", json={"job_ids": [5]}, headers=token("operator"))
    assert len(await entries(http)) == 1
    now = services.clock()
    for days, passed, left in ((0, 4000, 1), (90, 89, 1), (90, 91, 0)):
        await AuditService(db, stopped_clock(now + timedelta(days=passed)), days=days).delete_expired()
        assert len(await entries(http)) == left


async def test_a_flood_of_refusals_is_bounded_and_hides_no_change(http: httpx.AsyncClient) -> None:
    for _ in range(audits.REFUSALS_PER_MINUTE + 20):
        await http.get("/v6/jobs/")
    await http.post("/v6/jobs/cancel/", json={"job_ids": [5]}, headers=token("operator"))
    shown = await entries(http, page_size=1000)
    # Two minutes may have had their share.
    assert audits.REFUSALS_PER_MINUTE <= len([item for item in shown if item["status"] == 403]) <= audits.REFUSALS_PER_MINUTE + 20
    assert shown[0]["operation"] == "cancel_jobs"


async def test_what_no_text_column_takes_is_written_nevertheless(http: httpx.AsyncClient) -> None:
    sent = token("admin") | {"X-Request-Id": "\u00ff" * 3000}
    headers = [(name.encode(), value.encode("latin-1")) for name, value in sent.items()]
    await http.post("/v6/nowhere/%00%ff/?%00=\u00ff", headers=headers)
    [entry] = await entries(http)
    assert "\0" not in entry["path"]


def entry_at(services: Services, status: int = 200) -> AuditEntry:
    return AuditEntry(services.clock(), "jane", "token", "create_job", "POST", "/", "", None, None, None, status, None, None)


async def test_entries_wait_for_a_database_that_is_away(
    services: Services, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit = AuditService(db, services.clock)
    away = True
    transaction = db.transaction

    def transaction_or_not(**options: Any) -> Any:
        if away:
            raise DatabaseUnavailable("It is away.")
        return transaction(**options)

    monkeypatch.setattr(db, "transaction", transaction_or_not)
    audit.note(entry_at(services))
    with pytest.raises(DatabaseUnavailable):
        await audit.flush()
    away = False
    await audit.close()
    async with db.reading() as tx:
        assert (await tx.audit.page(AuditFilter(), PageRequest(1))).count == 1
