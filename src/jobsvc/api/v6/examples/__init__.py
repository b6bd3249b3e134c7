"""An example of every body in JSON, by operation: those of the documents, and further ones made in their manner.

See docs/spec/services/README.md#v6.
"""

from typing import Any

from jobsvc.api.v6.examples import (
    access,
    bulk,
    events,
    figures,
    files,
    job_types,
    jobs,
    recipes,
    retention,
    retry_policies,
    saved_views,
    system,
    webhooks,
)

MODULES = (
    access,
    jobs,
    bulk,
    events,
    figures,
    files,
    job_types,
    recipes,
    retention,
    retry_policies,
    saved_views,
    system,
    webhooks,
)
EXAMPLES: dict[str, dict[str, Any]] = {name: bodies for module in MODULES for name, bodies in module.EXAMPLES.items()}
"""For each operation the body of its request (`"request"`) and of its answers by status."""
