"""Use cases of execution logs: pages, downloads, and tails that many subscribers share."""
