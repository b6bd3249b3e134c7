"""What the process exits with."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every command; those of a job's end only with `submit --wait`."""

    OK = 0
    FAILED = 1
    USAGE = 2
    CANCELED = 3
    UNREACHABLE = 4
    INTERRUPTED = 130


OF_STATUS = {"COMPLETED": ExitCode.OK, "FAILED": ExitCode.FAILED, "CANCELED": ExitCode.CANCELED}
"""The exit code of a job's final status."""

EXPLAINED = (
    "Exit codes: 0 done (with --wait: the job COMPLETED), 1 the job FAILED or not all jobs were changed, 2 wrong usage or "
    "rejected by the service, 3 the job was CANCELED, 4 the service cannot be reached or failed, 130 interrupted."
)


class UsageProblem(Exception):
    """The command was given something that makes no sense; the text is one line for its user."""
