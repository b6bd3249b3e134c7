"""Protocols for what has more than one implementation."""
