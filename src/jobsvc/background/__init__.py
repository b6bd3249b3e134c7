"""Loops that the API and every worker run."""
