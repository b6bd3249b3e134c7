"""A worker to be killed. Arguments: the data directory, the URL of the database and that of the log store's."""

import asyncio
import sys
from pathlib import Path

from jobsvc import wiring
from jobsvc.db.database import Database
from jobsvc.logstores.postgres import PostgresLogStore
from jobsvc.settings import Settings


async def _main(data_dir: str, url: str, logs_url: str) -> None:
    settings = Settings(data_dir=Path(data_dir), database_url=url)
    store = PostgresLogStore(Database.connect(logs_url))
    components = await wiring.open_worker(settings, Database.connect(url), store)
    await components.loop.run()


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
