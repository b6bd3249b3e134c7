"""The whole service on one machine: the embedded PostgreSQL, an API process and a worker process, kept alive.

The database and the port belong to this process; API and worker are children that end when it does, even when it is killed.
"""

from jobsvc.stack.listening import StackProblem
from jobsvc.stack.stack import Stack

__all__ = ["Stack", "StackProblem"]
