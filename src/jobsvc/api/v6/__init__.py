"""Generation v6 of the API (documents 001 and 003)."""
