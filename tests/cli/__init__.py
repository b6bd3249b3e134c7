"""The command line, against a service that runs."""
