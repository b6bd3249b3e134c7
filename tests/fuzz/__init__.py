"""Holds a live service to its OpenAPI documents: `python -m tests.fuzz`, or `make fuzz`."""
