"""Imports and exports of all data."""
