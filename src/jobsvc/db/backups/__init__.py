"""The database's part in backups: what is saved of one moment, and how it comes back."""
