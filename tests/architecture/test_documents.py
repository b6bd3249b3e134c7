"""What is generated from the code and committed is fresh."""

from pathlib import Path

import pytest

from jobsvc.app import openapi_documents

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", openapi_documents())
def test_the_openapi_document_is_fresh(name: str) -> None:
    # Compared apart: the difference of two documents of this length helps nobody.
    is_fresh = (ROOT / "openapi" / f"{name}.json").read_text() == openapi_documents()[name]
    assert is_fresh, "run `make openapi`"
