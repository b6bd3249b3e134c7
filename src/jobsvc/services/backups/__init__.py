"""Backups of a running service, and how they come back into an empty place."""
