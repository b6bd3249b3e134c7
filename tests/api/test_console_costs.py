"""What pages of the console ask the database for: no more of thirty jobs than of one.

Statements are counted, for they are most of what a page costs, and the clock of a machine with other work tells nothing.
"""

import httpx

from tests.db.statements import Statements
from tests.factories import Factory
from tests.support import BASE, Client

MOST = {
    "": 19,
    "jobs/?started=": 8,
    "jobs/?started=&group_by=job_type_name": 9,
    "jobs/1/": 13,
    "job-types/": 8,
    "job-types/type-1/1.0.0/": 13,
    "bulk/": 4,
    "bulk/preview/?kind=requeue&status=FAILED": 8,
    "errors/": 5,
    "files/": 6,
    "nodes/": 11,
    "policies/": 4,
    "retention/": 6,
    "webhooks/": 4,
    "tokens/": 4,
    "audit/": 5,
}
"""Statements of a page, with a few for what it may tell one day."""


async def asked(make: Factory, http: httpx.AsyncClient, path: str) -> int:
    """How many statements a page is; what is loaded once was loaded before."""
    await http.get(f"/console/{path}")
    with Statements(make.db) as statements:
        answer = await http.get(f"/console/{path}")
    assert answer.status_code == httpx.codes.OK, path
    return len(statements)


async def test_no_page_asks_more_when_there_is_more(client: Client, make: Factory) -> None:
    job_id = await add(make, 1)
    most = {path.replace("jobs/1/", f"jobs/{job_id}/"): number for path, number in MOST.items()}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(client.app), base_url=BASE) as http:
        few = {path: await asked(make, http, path) for path in most}
        for number in range(2, 30):
            await add(make, number)
        many = {path: await asked(make, http, path) for path in most}
    # What is written in the background may come to one page or the other.
    assert {path: count for path, count in few.items() if count > most[path]} == {}
    assert {path: count for path, count in many.items() if count > most[path]} == {}


async def add(make: Factory, number: int) -> int:
    """A job type with a job that has failed, and a file."""
    await make.file()
    job = await make.job(await make.job_type(f"type-{number}"))
    await make.set(job.item.job.id, status="FAILED")
    return job.item.job.id
