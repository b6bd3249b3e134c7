"""Where log lines live."""
