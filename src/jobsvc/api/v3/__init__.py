"""Generation v3 of the API (documents 000, 002 and 004), also served as v4 and v5."""
