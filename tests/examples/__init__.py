"""Tests of the job types in `examples/`."""
