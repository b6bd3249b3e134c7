"""The older generation (documents 000, 002 and 004)."""
