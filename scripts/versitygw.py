"""The S3 server of the tests: `python -m scripts.versitygw` builds it once (see `go_program`)."""

import sys

from scripts.go_program import GoProgram, GoProgramUnavailable

VERSITYGW = GoProgram("versitygw", "github.com/versity/versitygw/cmd/versitygw", "v1.8.0", go="1.25")

if __name__ == "__main__":
    try:
        print(VERSITYGW.path())
    except GoProgramUnavailable as error:
        sys.exit(str(error))
