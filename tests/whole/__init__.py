"""The deployment as a whole: gateway, replicas, workers, PostgreSQL and Elasticsearch, from the image that is given out."""
