"""JSON as it is handed to PostgreSQL."""

import orjson


def to_json(value: object) -> str:
    """The text of a value; times are in UTC with a Z."""
    return orjson.dumps(value, option=orjson.OPT_UTC_Z).decode()


def as_json(value: object) -> str | None:
    """The same, but nothing for None."""
    return None if value is None else to_json(value)
