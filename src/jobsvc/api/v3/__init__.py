"""Generation v3 of the API (docs/spec/services/README.md#v3), also served as v4 and v5."""
