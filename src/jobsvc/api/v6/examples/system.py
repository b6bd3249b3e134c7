"""Examples of nodes, the scheduler and the service itself."""

from typing import Any

from jobsvc.api.v6.examples.common import CREATED, JOB_TYPE, MODIFIED, NODE, page
from jobsvc.domain.access import PERMISSIONS, Role

Json = dict[str, Any]

NODE_DETAILS: Json = {
    **NODE,
    "pause_reason": None,
    "is_paused": False,
    "is_active": True,
    "deprecated": None,
    "created": CREATED,
    "last_modified": MODIFIED,
    "resources": {"cpus": 16.0, "mem": 65536.0, "disk": 1048576.0},
}
READY: Json = {"name": "READY", "title": "Ready", "description": "The node starts jobs."}
NONE: Json = {"total": 0, "by_job_type": []}
ONE: Json = {"total": 1, "by_job_type": [{"job_type_id": 1, "count": 1}]}
RESOURCES: Json = {
    "cpus": {"total": 16.0, "running": 1.0, "free": 15.0, "unavailable": 0.0, "offered": 0.0},
    "mem": {"total": 65536.0, "running": 128.0, "free": 65408.0, "unavailable": 0.0, "offered": 0.0},
}
FINE: Json = {"OK": True, "detail": {"msg": "The database answers."}, "errors": [], "warnings": []}
FAILING: Json = {
    "OK": False,
    "detail": {"msg": "The log store cannot be reached; try again."},
    "errors": [{"LOGS_OFFLINE": "The log store cannot be reached; try again."}],
    "warnings": [],
}
NODE_STATUS: Json = {
    **NODE,
    "agent_id": "",
    "is_active": True,
    "state": READY,
    "errors": [],
    "warnings": [],
    "num_offers": 0,
    "num_workers": 1,
    "num_slots": 4,
    "resources": RESOURCES,
    "job_executions": {
        "running": ONE,
        "completed": NONE,
        "failed": {"total": 1, "data": ONE, "algorithm": NONE, "system": NONE},
    },
}
STATUS: Json = {
    "timestamp": MODIFIED,
    "version": "0.1.0",
    "dependencies": {
        "database": FINE,
        "logs": FAILING,
        "nodes": {**FINE, "detail": {"msg": "There are nodes that start jobs."}},
    },
    "scheduler": {
        "state": {"name": "READY", "title": "Ready", "description": "Jobs are started."},
        "queue_mode": "FIFO",
        "mesos": {"framework_id": "scale"},
        "warnings": [],
    },
    "num_offers": 0,
    "resources": RESOURCES,
    "job_types": [JOB_TYPE],
    "nodes": [NODE_STATUS],
}
PROFILE: Json = {
    "id": None,
    "username": "jane",
    "first_name": "",
    "last_name": "",
    "email": "",
    "is_active": True,
    "is_staff": True,
    "role": "operator",
    "permissions": sorted(PERMISSIONS[Role.OPERATOR]),
    "job_types": None,
}

EXAMPLES: dict[str, Json] = {
    "list_nodes": {"200": page(NODE_DETAILS)},
    "get_node": {"200": NODE_DETAILS},
    "update_node": {"request": {"is_paused": True, "pause_reason": "The disk is being replaced."}},
    "get_scheduler": {"200": {"is_paused": False, "queue_mode": "FIFO", "num_message_handlers": 0}},
    "update_scheduler": {"request": {"is_paused": True, "queue_mode": "LIFO"}},
    "get_status": {"200": STATUS},
    "get_profile": {"200": PROFILE},
    "get_version": {"200": {"version": "0.1.0"}},
    **{
        f"list_{name}": {"200": {"count": 0, "next": None, "previous": None, "results": []}}
        for name in (
            "strikes",
            "scans",
            "ingests",
            "ingests_status",
            "datasets",
            "metrics",
            "timeline_job_types",
            "timeline_recipe_types",
        )
    },
}
