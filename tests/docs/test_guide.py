"""The guide's examples do what the pages say."""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobsvc.client.errors import ApiError
from jobsvc.client.models import Data
from jobsvc.client.sync import Client
from tests.cli.support import environment, running_service
from tests.docs.pages import Pages, shows
from tests.factories import manifest

GUIDE = Path(__file__).parents[2] / "docs" / "guide"
# In the index's sequence: pages that change something come after those that count.
PAGES = re.findall(r"\]\((\w[\w-]*\.md)\)", (GUIDE / "README.md").read_text())
NOTHING: Data = {"files": {}, "json": {}}
BAD_IMAGE = {"code": 3, "name": "bad-image", "title": "Bad image", "description": "The file is no image", "category": "data"}
KINDS: dict[str, dict[str, Any]] = {
    "word-count": {"interface": {"command": 'sh -c "echo one line; echo and another one; echo a warning >&2"'}},
    "thumbnail": {"interface": {"command": "sh -c 'exit 3'"}, "errors": [BAD_IMAGE]},
    "slow": {"interface": {"command": "sleep 600"}, "timeout": 900},
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """A service with one slot, nine jobs, and the names that the pages use."""
    variables = environment(tmp_path_factory.mktemp("guide")) | {"JOBSVC_SLOTS": "1"}
    with running_service(variables) as url, Client(url) as client:
        ids = {name: client.job_types.create(manifest(name, **job))["id"] for name, job in KINDS.items()}
        for name, count in {"word-count": 4, "thumbnail": 2, "slow": 3}.items():
            made = [client.jobs.submit(ids[name], NOTHING)["id"] for _ in range(count)]
            if name != "slow":
                for job_id in made:
                    list(client.jobs.watch(job_id, interval=0.05))
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        shell = {"PATH": path, "JOBSVC": url, "JOBSVC_URL": url, "WORD_COUNT": str(ids["word-count"])}
        yield Pages(shell, {"JOBSVC": url, "Client": Client, "ApiError": ApiError})


@pytest.mark.parametrize("page", PAGES)
def test_page(pages: Pages, page: str) -> None:
    assert pages.run(GUIDE / page) > 0


def test_every_page_is_in_the_index() -> None:
    assert {path.name for path in GUIDE.glob("*.md")} == {"README.md", *PAGES}


@pytest.mark.parametrize(
    ("expected", "result", "same"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, {}, False),
        ([1], [1, 2], True),
        ([1, 2], [1], False),
        ("…", None, True),
        ("a…c", "abbc", True),
        ("a…c", "ab", False),
        (None, 0, False),
    ],
)
def test_what_a_page_leaves_out_may_be_anything_and_nothing_else(expected: Any, result: Any, same: bool) -> None:  # noqa: FBT001
    assert shows(expected, result) is same
