"""Files of workspaces on this host's disks."""
