"""What the words of the service mean: pure, no I/O."""
