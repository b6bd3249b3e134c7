"""The HTTP server: uvicorn's, held to limits before a handler sees anything (docs/adr/0013-limits-of-the-server.md)."""
