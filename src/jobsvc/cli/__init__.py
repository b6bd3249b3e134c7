"""Commands: argument parsing and printing."""
