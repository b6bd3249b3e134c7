"""What docs/workspaces.md says about an object store is so."""

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.cli.support import environment, running_service
from tests.docs.pages import Pages
from tests.parts.object_store import ObjectStore

PAGE = Path(__file__).parents[2] / "docs" / "workspaces.md"


def test_an_object_store(object_store: ObjectStore, tmp_path: Path) -> None:
    bucket = object_store.make_bucket()
    variables = environment(tmp_path / "data") | {
        "BUCKET": bucket,
        "JOBSVC_S3_BUCKETS": bucket,
        "JOBSVC_S3_ENDPOINT": object_store.endpoint,
        "JOBSVC_S3_CREDENTIALS_FILE": str(object_store.credentials),
    }
    variables["PATH"] = f"{Path(sys.executable).parent}:{variables['PATH']}"
    with ExitStack() as services:

        def serve(command: Sequence[str]) -> None:
            services.enter_context(running_service(variables, command))

        assert Pages(variables, {}, directory=tmp_path, serve=serve).run(PAGE) >= 3
    assert list(object_store.objects(bucket).values()) == [6]
    assert all(key.startswith("maps/uploads/") for key in object_store.objects(bucket))
