"""Benchmarks: each module runs by `python -m bench.NAME` and prints what it measured."""
