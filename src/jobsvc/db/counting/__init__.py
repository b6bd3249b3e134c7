"""Exact numbers of rows that match, from what the database counts by itself (docs/adr/0018-counts-and-pages.md)."""
