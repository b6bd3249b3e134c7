"""One installation for the tests of a module."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from scripts.elasticsearch import ElasticsearchUnavailable

from tests.image.building import Podman
from tests.image.conftest import podman
from tests.shared_elasticsearch import LEFT_OUT, REQUIRED
from tests.whole.installation import Installation, installed

__all__ = ["podman"]  # for pytest
ROOT = Path(__file__).parents[2]
GENERATOR = ROOT / "clients" / ".venv" / "bin"


@pytest.fixture(scope="module")
def installation(podman: Podman, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """It answers, and knows the job types of the scenario."""
    try:
        with installed(podman, tmp_path_factory.mktemp("whole")) as parts:
            yield parts
    except ElasticsearchUnavailable as error:
        if os.environ.get(REQUIRED) == "1":
            raise
        pytest.skip(f"{LEFT_OUT}: {error}; docs/elasticsearch.md says how to run them")


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a client that is made from the committed document, and the scenario for it."""
    place = tmp_path_factory.mktemp("client") / "client"
    shutil.copytree(ROOT / "clients" / "openapi-generator-python", place)
    command = (place / "play.sh").read_text().splitlines()[0]
    variables = {
        **os.environ,
        "PATH": f"{GENERATOR}{os.pathsep}{os.environ['PATH']}",
        "OPENAPI": str(ROOT / "openapi" / "v6.json"),
    }
    subprocess.run(["sh", "-euc", command], cwd=place, env=variables, check=True, capture_output=True)
    return place
