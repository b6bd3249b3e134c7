"""An example of every body in JSON, by operation: those of the documents with all the keys that there are.

See docs/spec/services/README.md#v3.
"""

from typing import Any

from jobsvc.api.v3.examples import executions, job_details, jobs, later, queue

EXAMPLES: dict[str, dict[str, Any]] = {
    name: bodies for module in (jobs, job_details, executions, later, queue) for name, bodies in module.EXAMPLES.items()
}
"""For each operation the body of its request (`"request"`) and of its answers by status."""
