"""Tests of the embedded PostgreSQL, all with real servers."""
