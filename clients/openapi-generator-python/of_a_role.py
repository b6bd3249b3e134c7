"""Plays the steps of the scenario one by one for a caller who may not do all of them; prints what became of each, as JSON."""

import json
import sys

from jobsvc_client.exceptions import ForbiddenException
from scenario import STEPS

results = {}
for step in STEPS:
    try:
        step()
    except ForbiddenException as error:
        results[step.__name__] = error.data.detail
    else:
        results[step.__name__] = "done"
json.dump(results, sys.stdout)
