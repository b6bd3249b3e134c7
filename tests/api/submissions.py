"""A job type that takes every kind of input, and bodies that submit jobs of it."""

from typing import Any

from sqlalchemy import update

from jobsvc.db.tables import FileRow
from tests.factories import Factory

TYPE, INACTIVE = 1, 2
FILE, MANY = 1, 2
"""File 2 was deleted."""

KINDS = ("array", "boolean", "integer", "number", "object", "string")
INTERFACE = {
    "command": "true",
    "inputs": {
        "files": [{"name": "IN", "mediaTypes": ["image/png"]}, {"name": "SOME", "multiple": True, "required": False}],
        "json": [{"name": kind.upper(), "type": kind, "required": False} for kind in KINDS],
    },
    "outputs": {"files": [{"name": "OUT", "pattern": "*.out"}, {"name": "ERR", "pattern": "*.err"}]},
    "mounts": [{"name": "maps", "path": "/maps"}],
    "settings": [{"name": "LEVEL"}, {"name": "PASSWORD", "secret": True}],
}
RESOURCES = {"scalar": [{"name": "disk", "value": 10, "inputMultiplier": 2}, {"name": "cpus", "value": 0.1}]}


def body(**members: Any) -> dict[str, Any]:
    """A body that submits a job, with further members or other ones."""
    return {"job_type_id": TYPE, "input": {"files": {"IN": [FILE]}}, **members}


async def make_type(make: Factory) -> None:
    """The types and files of the ids above."""
    job_type = await make.job_type("every-input", interface=INTERFACE, resources=RESOURCES)
    inactive = await make.job_type("inactive", columns={"is_active": False})
    files = [(await make.file(f"{name}.txt")).file.id for name in ("one", "two")]
    assert ([job_type.item.job_type.id, inactive.item.job_type.id], files) == ([TYPE, INACTIVE], [FILE, MANY])
    async with make.db.engine.begin() as connection:
        await connection.execute(update(FileRow).where(FileRow.id == MANY).values(is_deleted=True))
