"""Statements that are built for each request cost more than running them, and the same lists are asked for again and again."""

REMEMBERED = 32
"""How many of a kind are kept: what user interfaces show, and not so many that they count in memory."""
