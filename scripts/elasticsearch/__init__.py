"""A real Elasticsearch for tests and benchmarks: fetched once, started in a directory of the caller's.

`python -m scripts.elasticsearch` has the commands; docs/elasticsearch.md says what this server can and cannot do.
"""

from scripts.elasticsearch.archive import fetch
from scripts.elasticsearch.errors import ElasticsearchUnavailable
from scripts.elasticsearch.server import QUICK_START, running, start

__all__ = ["QUICK_START", "ElasticsearchUnavailable", "fetch", "running", "start"]
