"""Use cases of the generation v3."""
