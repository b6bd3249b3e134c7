"""The console script `jobsvc`, also as `python -m jobsvc`."""

import sys

from jobsvc import init


def main() -> None:
    """Run the command that the process was given; the exit codes are those of `cli.codes`."""
    if init.is_init():
        sys.exit(init.run_as_child(init.again()))
    init.unblock()
    # Not before: a signal that comes during the import is for the child.
    from jobsvc.cli.run import run  # noqa: PLC0415

    sys.exit(run())


if __name__ == "__main__":
    main()
