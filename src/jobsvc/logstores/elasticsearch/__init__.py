"""The log store of installations that have an Elasticsearch: lines are documents of daily indices.

It also reads what collectors of the documented system wrote there (behaviour.md, section 8.1).
"""

from jobsvc.logstores.elasticsearch.connection import Options
from jobsvc.logstores.elasticsearch.store import ElasticsearchLogStore

__all__ = ["ElasticsearchLogStore", "Options"]
