"""The service on a cluster: the image, as deploy/kubernetes and docs/kubernetes.md say."""
