"""The clients' tests are counted with all others."""

from tests.counts import pytest_terminal_summary

__all__ = ["pytest_terminal_summary"]  # for pytest
