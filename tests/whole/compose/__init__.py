"""`docker-compose.yml` as it is, brought up with programs of this machine in the place of images that would have to be pulled."""
