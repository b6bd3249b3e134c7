"""Runs of remote engines as executions of a worker: prepared, followed, taken over, collected."""
