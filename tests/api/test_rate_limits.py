"""Limits of requests by caller, and of wrong tokens by address."""

import re
from ipaddress import ip_network
from typing import Any

import httpx
import pytest

from jobsvc.api.hosts import Hosts
from jobsvc.api.identity import AccessOptions
from jobsvc.api.rate_limits import LimitOptions
from jobsvc.app import bare_app
from jobsvc.domain.access import Principal, Role, digest_of
from tests.api.conftest import Stage
from tests.support import BASE, Client

pytestmark = pytest.mark.asyncio(loop_scope="module")
JOBS = "/v6/jobs/"
JANE, JOE, WRONG = ({"Authorization": f"Bearer {token}"} for token in ("jane", "joe", "wrong"))
PRINCIPALS = {digest_of(name): Principal(name, Role.ADMIN) for name in ("jane", "joe")}


def client(stage: Stage, limits: LimitOptions, address: str = "127.0.0.1", *, is_public: bool = False) -> httpx.AsyncClient:
    hosts = Hosts([ip_network("10.0.0.0/8")])
    app = bare_app({}, access=AccessOptions(PRINCIPALS, is_public=is_public), limits=limits, hosts=hosts)
    app.state.services = stage.services
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(address, 1)), base_url=BASE)


async def test_a_caller_may_send_so_many_requests(stage: Stage) -> None:
    async with client(stage, LimitOptions(requests=3)) as http:
        answers = [await http.get(JOBS, headers=JANE) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"caller";q=3;w=60'}
        assert [answer.headers["ratelimit"] for answer in answers[:3]] == [
            '"caller";r=2;t=20',
            '"caller";r=1;t=40',
            '"caller";r=0;t=60',
        ]
        assert re.fullmatch(r'"caller";r=0;t=\d+', answers[3].headers["ratelimit"])
        assert 1 <= int(answers[3].headers["retry-after"]) <= 20
        assert "jane has sent more than 3 requests" in answers[3].json()["detail"]
        # Others may go on, and what is no operation of the API costs nothing.
        assert (await http.get(JOBS, headers=JOE)).status_code == 200
        assert (await http.get("/docs", headers=JANE)).status_code == 200
        assert (await http.get("/livez", headers=JANE)).status_code == 200


async def test_what_is_refused_counts_as_well_and_changes_nothing(stage: Stage) -> None:
    async with client(stage, LimitOptions(requests=2)) as http:
        for status in (404, 404, 429):
            assert (await http.delete("/v6/tokens/1/", headers=JANE)).status_code in {status, 405}
        assert (await http.post("/v6/jobs/cancel/", json={"job_ids": [0]}, headers=JANE)).status_code == 429


async def test_who_has_no_name_is_known_by_its_address(stage: Stage) -> None:
    async with client(stage, LimitOptions(requests=1), "10.0.0.1", is_public=True) as http:
        for sender, status in (("1.1.1.1", 200), ("1.1.1.1", 429), ("1.1.1.2", 200), ("2001:db8::1", 200), ("2001:db8::2", 429)):
            answer = await http.get(JOBS, headers={"X-Forwarded-For": sender})
            assert answer.status_code == status, sender
        assert (await http.get(JOBS, headers=JANE)).status_code == 200


async def test_without_a_limit_nothing_is_said(stage: Stage) -> None:
    async with client(stage, LimitOptions()) as http:
        answers = [await http.get(JOBS, headers=WRONG) for _ in range(100)]
        assert {answer.status_code for answer in answers} == {403}
        assert "ratelimit" not in (await http.get(JOBS, headers=JANE)).headers


async def test_guesses_are_slowed_and_stop_nobody_who_is_known(stage: Stage) -> None:
    async with client(stage, LimitOptions(wrong_tokens=3), "10.0.0.1") as http:
        assert (await http.get(JOBS, headers=JANE)).status_code == 200
        guesses = [await http.get(JOBS, headers={"Authorization": f"Bearer {number}"}) for number in range(5)]
        assert [answer.status_code for answer in guesses] == [403, 403, 403, 429, 429]
        assert 1 <= int(guesses[4].headers["retry-after"]) <= 20
        # A right one is not told from a wrong one now, unless it was right before.
        assert (await http.get(JOBS, headers=JOE)).status_code == 429
        assert (await http.get(JOBS, headers=JANE)).status_code == 200
        assert (await http.get("/v6/version/", headers=WRONG)).status_code == 200
        # Without a token nobody guesses, and from elsewhere others may come.
        assert (await http.get(JOBS)).status_code == 403
        assert (await http.get(JOBS, headers={**JOE, "X-Forwarded-For": "1.1.1.1"})).status_code == 200


async def test_the_form_of_the_console_is_slowed_as_well(stage: Stage) -> None:
    async with client(stage, LimitOptions(wrong_tokens=2)) as http:
        form: dict[str, Any] = {"data": {"token": "guess"}, "headers": {"Origin": BASE}}
        answers = [await http.post("/console/sign-in/", **form) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [401, 401, 429]
        assert "Too many wrong tokens" in answers[2].text


async def test_the_answer_is_documented(stage: Stage) -> None:
    app = bare_app({}, limits=LimitOptions(requests=1))
    app.state.services = stage.services
    async with Client(app) as http:
        assert [(await http.get(JOBS)).status_code for _ in range(2)] == [200, 429]
