"""Tests of the log stores that need no server."""
