"""Short ways to ask, and to say what was answered."""

from typing import Any

from tests.support import Client


async def results(client: Client, path: str) -> list[dict[str, Any]]:
    """The results of a page that there is."""
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    result: list[dict[str, Any]] = answer.json()["results"]
    return result


async def column(client: Client, path: str, name: str) -> list[Any]:
    """One member of all results."""
    return [result[name] for result in await results(client, path)]
