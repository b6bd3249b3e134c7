"""The engine `slurm`: every run is a batch job of a Slurm cluster that shares a file system with the worker."""

from jobsvc.engines.slurm.commands import Commands
from jobsvc.engines.slurm.engine import SlurmEngine
from jobsvc.engines.slurm.rest import Rest, RestOptions
from jobsvc.engines.slurm.script import SlurmOptions

__all__ = ["Commands", "Rest", "RestOptions", "SlurmEngine", "SlurmOptions"]
