"""Queue, run, list, inspect, cancel and requeue batch jobs and serve their execution logs."""
