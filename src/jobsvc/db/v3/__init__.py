"""What only the generation v3 reads from the database."""
