"""A deterministic history of jobs, of any size: the same numbers give the same rows, but for the time at which it ends."""
