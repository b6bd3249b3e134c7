"""Backups of a running service, and how they come back."""
