"""Generation v6 of the API (docs/spec/services/README.md#v6)."""
