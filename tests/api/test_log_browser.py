"""A real browser follows a log by its own EventSource."""

import asyncio
from pathlib import Path

from tests.api.browsing import SECONDS, browsing, needs_browser, reports
from tests.api.logged import serving
from tests.factories import Factory
from tests.services.logs.logged import running
from tests.support import Client

PAGE = """<!doctype html><script>
const tell = text => fetch('/report/', {method: 'POST', body: text});
const source = new EventSource('/v6/job-executions/%d/logs/combined/stream/');
source.addEventListener('line', event => tell(JSON.parse(event.data).message));
source.addEventListener('end', event => tell('end ' + JSON.parse(event.data).status));
source.addEventListener('error', () => { if (source.readyState === EventSource.CLOSED) tell('closed'); });
</script>"""


@needs_browser
async def test_a_browser_shows_lines_as_they_come_and_stops_at_the_end(client: Client, make: Factory, tmp_path: Path) -> None:
    job = await running(make)
    reported = reports(client.app, lambda: PAGE % job.execution.id)
    await job.write(1, message="<b>Grüße</b>")
    async with serving(client.app) as http, asyncio.timeout(SECONDS), browsing(f"{http.base_url}/page/", tmp_path):
        assert await reported.get() == "<b>Grüße</b>"
        await job.write(2)
        assert await reported.get() == "line 2"
        await job.end()
        # Nobody told the source to close: it comes back, once.
        assert [await reported.get(), await reported.get()] == ["end COMPLETED", "closed"]
