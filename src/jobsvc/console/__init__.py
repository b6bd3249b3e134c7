"""The service's own web pages, at `/console/`: rendered here, and asking the API for everything they show and do."""
