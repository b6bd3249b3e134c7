"""The porter: beside a job in its pod, it brings what the job reads and ships what it left, by links, without credentials."""
