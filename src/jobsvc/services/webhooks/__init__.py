"""Webhooks: made and listed, and events sent to them."""
