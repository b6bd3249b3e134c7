"""The whole service on one machine: the embedded PostgreSQL, API processes and a worker process, kept alive.

The database and the port belong to this process; API and worker are children that end when it does, even when it is killed. API
processes accept calls at the same sockets, whoever is free (docs/adr/0019-api-processes.md).
"""

from jobsvc.stack.listening import StackProblem
from jobsvc.stack.stack import Stack

__all__ = ["Stack", "StackProblem"]
