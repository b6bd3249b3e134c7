"""What is given out for deployments."""
