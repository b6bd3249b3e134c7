"""The older generation (docs/spec/services/README.md#v3)."""
