"""The resources beside jobs that user interfaces ask for (behaviour.md, section 15)."""
