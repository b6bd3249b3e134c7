"""Behaviour suites: what every implementation of a port has to do."""

import pytest

# Only files named test_* get readable assertions by themselves.
pytest.register_assert_rewrite(*(f"{__name__}.engine_{part}_contract" for part in ("launch", "end", "output")))
