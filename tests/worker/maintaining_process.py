"""The background loops in a process of their own. Arguments: the database's URL, and its name there."""

import asyncio
import sys
from pathlib import Path

from jobsvc import wiring
from jobsvc.db.database import Database
from jobsvc.settings import Settings


async def _main(data_dir: str, url: str, name: str) -> None:
    database = Database.connect(url, server_settings={"application_name": name})
    await wiring.maintenance(Settings(data_dir=Path(data_dir), database_url=url), database).run()


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
