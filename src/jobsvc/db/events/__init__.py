"""Events: read up to where they are complete, and kept in partitions (docs/adr/0023-events.md)."""
