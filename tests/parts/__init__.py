"""The real parts that tests of engines ask: container runtimes and a Slurm cluster, started by the tests themselves."""
