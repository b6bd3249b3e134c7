"""Where jobs of the engine `subprocess` run, and as whom."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from jobsvc.engines.job_user import JobUsers

INTERPRETER = (Path(sys.executable), Path(os.__file__), Path(sys.prefix))


@dataclass(frozen=True)
class JobPlace:
    """A directory for directories of jobs, and the users that jobs run as; without them, `why` jobs are the worker's user."""

    directory: Path
    users: JobUsers | None = None
    why: str = ""


def choose_place(directory: Path, plain: Path, users: JobUsers) -> JobPlace:
    """The directory, made where it is missing, if these users reach it; otherwise the `plain` one of the worker's own user.

    Whoever cannot reach the interpreter of the service, and with it the project, is no use as a user for its jobs.
    """
    why = users.problem(*INTERPRETER)
    if not why:
        try:
            directory.mkdir(mode=0o711, parents=True, exist_ok=True)
            why = users.problem(directory)
        except OSError as error:
            why = str(error)
    return JobPlace(plain, why=why) if why else JobPlace(directory, users)
