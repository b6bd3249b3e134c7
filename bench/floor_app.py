"""The least that a page of jobs can cost in Python: PostgreSQL makes one text of it, and a bare route passes that on."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import uvicorn
from fastapi import FastAPI, Request, Response

from jobsvc.api.envelope import results_of
from jobsvc.api.shapes import shape_of
from jobsvc.api.v6.schemas.jobs import JobPage
from jobsvc.db import job_statements
from jobsvc.db.database import Database
from jobsvc.db.engines import driver_options

PAGE_IDS = "SELECT array_agg(id) FROM (SELECT id FROM job ORDER BY last_modified, id LIMIT 100) page"


def statement(ids: list[int]) -> tuple[str, list[Any]]:
    """The service's own columns of the jobs of a page, as one JSON array, and the values that it takes."""
    items = job_statements.rendered_items(shape_of(results_of(JobPage)))
    query = f"SELECT CAST(CAST('[' || page.items || ']' AS json) AS text) FROM ({items.text}) page (items)"  # noqa: S608
    return query, items.values(ids=ids)


def floor_app(url: str) -> FastAPI:
    """An application of one route."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database.connect(url)
        settings = {"application_name": "floor", "timezone": "UTC", "jit": "off"}
        async with asyncpg.create_pool(**driver_options(database.engine), server_settings=settings, min_size=1) as pool:
            app.state.pool = pool
            app.state.query, app.state.values = statement(await pool.fetchval(PAGE_IDS))
            yield
        await database.close()

    app = FastAPI(openapi_url=None, lifespan=lifespan)

    @app.get("/floor/")
    async def floor(request: Request) -> Response:
        state = request.app.state
        text = await state.pool.fetchval(state.query, *state.values)
        return Response(b'{"count":0,"next":null,"previous":null,"results":%b}' % text.encode(), media_type="application/json")

    return app


if __name__ == "__main__":
    uvicorn.run(floor_app(sys.argv[1]), port=int(sys.argv[2]), log_level="warning", access_log=False)
