"""The log store of installations that have an Elasticsearch: lines are documents of daily indices.

It also reads what collectors of the documented system wrote there (docs/spec/behaviour/logs.md#v4-to-v6).
"""

from jobsvc.logstores.elasticsearch.connection import Options
from jobsvc.logstores.elasticsearch.store import ElasticsearchLogStore

__all__ = ["ElasticsearchLogStore", "Options"]
