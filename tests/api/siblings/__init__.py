"""The resources beside jobs that user interfaces ask for (docs/spec/behaviour/siblings.md)."""
