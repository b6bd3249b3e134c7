"""What makes a command run as a user for whom limits of processes hold: they do not for root."""

import os

ORDINARY_USER = 47123
_SETPRIV = (
    "setpriv",
    *(f"--{kind}={ORDINARY_USER}" for kind in ("reuid", "regid")),
    "--clear-groups",
    *(f"--{kind}-caps=-all,+dac_override" for kind in ("inh", "ambient")),
)
# The capability is for the files of the test, which are root's.
AS_ORDINARY_USER = _SETPRIV if os.geteuid() == 0 else ()
"""To be put before the command."""
