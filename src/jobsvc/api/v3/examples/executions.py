"""Examples of executions and their logs (docs/spec/services/README.md#v3)."""

from typing import Any

from jobsvc.api.v3.examples.jobs import EXECUTION_COLUMNS, JOB, JOB_TYPE, page

Json = dict[str, Any]

JOB_SHORT: Json = {
    "id": 3,
    "job_type": JOB_TYPE,
    "job_type_rev": {"id": 2},
    "event": {"id": 3},
    "error": None,
    "status": "COMPLETED",
    "priority": 10,
    "num_exes": 1,
}
NODE: Json = {"id": 1, "hostname": "machine.com", "port": 5051, "slave_id": "20150821-123454-1683014024-5050-8216-S2"}
EXECUTION: Json = {**EXECUTION_COLUMNS, "job": JOB_SHORT, "node": NODE, "error": None}
EXECUTION_DETAILS: Json = {
    **EXECUTION_COLUMNS,
    "job": JOB,
    "node": {
        **NODE,
        "pause_reason": None,
        "is_paused": False,
        "is_paused_errors": False,
        "is_active": True,
        "archived": None,
        "created": "2015-09-02T18:05:54.730000Z",
        "last_offer": None,
        "last_modified": "2015-09-08T16:53:57.439000Z",
    },
    "error": None,
    "environment": {},
    "cpus_scheduled": 0.5,
    "mem_scheduled": 15360.0,
    "disk_in_scheduled": 1.0,
    "disk_out_scheduled": 0.0,
    "disk_total_scheduled": 1.0,
    "results": {"output_data": [{"name": "output_file", "file_id": 3}], "version": "1.0"},
    "results_manifest": {"output_data": [], "version": "1.1", "errors": [], "parse_results": []},
}
LINE: Json = {
    "message": "Execution completed.",
    "@timestamp": "2015-08-28T17:57:45.900000Z",
    "scale_order_num": 1,
    "scale_task": 3,
    "scale_job_exe": "scale_job_1234_263x0",
    "scale_node": "machine.com",
    "stream": "stdout",
}
HIT: Json = {
    "_index": "scalelogs",
    "_type": "fluentd",
    "_id": "scale_job_1234_263x0_1",
    "_score": None,
    "_source": LINE,
    "sort": [1440784665900, 1],
}
LOG: Json = {
    "took": 0,
    "timed_out": False,
    "_shards": {"total": 1, "successful": 1, "failed": 0},
    "hits": {"max_score": None, "hits": [HIT], "total": 1},
}
EXAMPLES = {
    "list_executions": {"200": page(EXECUTION)},
    "get_execution": {"200": EXECUTION_DETAILS},
    "get_execution_logs": {"200": {**EXECUTION, "is_finished": True, "stdout": "Execution completed.", "stderr": ""}},
    "get_execution_log": {"200": LOG},
}
