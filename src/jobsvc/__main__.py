"""The console script `jobsvc`, also as `python -m jobsvc`."""

import sys

from jobsvc.cli.run import run


def main() -> None:
    """Run the command that the process was given; the exit codes are those of `cli.codes`."""
    sys.exit(run())


if __name__ == "__main__":
    main()
