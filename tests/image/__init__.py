"""The image, built of this project's Dockerfile on a base of this machine."""
