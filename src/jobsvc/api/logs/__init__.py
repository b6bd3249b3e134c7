"""How logs are asked for and answered, in every generation."""
