"""What only the generation v3 needs of the domain."""
