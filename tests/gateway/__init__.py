"""The service behind a real gateway, configured as the documentation shows."""
