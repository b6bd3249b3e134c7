"""Behaviour suites: what every implementation of a port has to do."""

import pytest

# Only files named test_* get readable assertions by themselves.
pytest.register_assert_rewrite(f"{__name__}.engine_contract")
