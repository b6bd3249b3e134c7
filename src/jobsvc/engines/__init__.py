"""What runs a job."""
