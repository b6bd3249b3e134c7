"""The process that claims jobs and has them run."""
