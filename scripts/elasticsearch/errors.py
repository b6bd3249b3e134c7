"""What goes wrong with a server that has to be fetched and started."""


class ElasticsearchUnavailable(RuntimeError):
    """There is no Elasticsearch on this machine; the text says in one line why, and what helps."""
