"""Callers that a provider of identities (OpenID Connect) vouches for."""
