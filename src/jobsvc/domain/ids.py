"""Ids: numbers from 1 to the highest that the database can store."""

MAX_ID = 2**63 - 1
NO_ID = 0
"""No row has it."""


def storable_id(number: int) -> int:
    """The number, or NO_ID for one that no row can have and no query can be given."""
    return number if abs(number) <= MAX_ID else NO_ID
