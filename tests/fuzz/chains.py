"""Documents cut down to one thing that clients do: queue a job, look at it, cancel it, queue it again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
NEW_JOB_ID = "$response.body#/id"


@dataclass(frozen=True)
class Chain:
    """An operation that queues a job, and what can be done with the job."""

    path: str
    body: Callable[[int], Json]
    """What the operation is sent, by the id of the job type `countdown`."""
    links: Mapping[str, Json]
    """Links from its answer. They are not published: the validators of generators refuse links with bodies."""


CHAINS: Mapping[str, Chain] = {
    "v3": Chain(
        path="/queue/new-job/",
        body=lambda job_type_id: {
            "job_type_id": job_type_id,
            "job_data": {"version": "1.0", "input_data": [{"name": "SECONDS", "value": 1}]},
        },
        links={
            "details": {"operationId": "get_job", "parameters": {"job_id": NEW_JOB_ID}},
            "cancel": {
                "operationId": "update_job",
                "parameters": {"job_id": NEW_JOB_ID},
                "requestBody": {"status": "CANCELED"},
            },
            "requeue": {"operationId": "requeue_jobs", "requestBody": {"job_ids": [NEW_JOB_ID]}},
        },
    ),
    "v6": Chain(
        path="/v6/jobs/",
        body=lambda job_type_id: {"job_type_id": job_type_id, "input": {"json": {"SECONDS": 1}}},
        links={
            "details": {"operationId": "get_job", "parameters": {"job_id": NEW_JOB_ID}},
            "executions": {"operationId": "list_job_executions", "parameters": {"job_id": NEW_JOB_ID}},
            "change": {"operationId": "update_job", "parameters": {"job_id": NEW_JOB_ID}, "requestBody": {"priority": 7}},
            "cancel": {"operationId": "cancel_jobs", "requestBody": {"job_ids": [NEW_JOB_ID]}},
            "requeue": {"operationId": "requeue_jobs", "requestBody": {"job_ids": [NEW_JOB_ID]}},
        },
    ),
}


def cut_down(document: Json, chain: Chain, job_type_id: int) -> Json:
    """The document with the operations of the chain alone, of which the first always queues a job."""
    result = {link["operationId"] for link in chain.links.values()}
    paths: Json = {}
    for path, operations in document["paths"].items():
        kept = {method: item for method, item in operations.items() if item["operationId"] in result}
        paths |= {path: kept} if kept else {}
    create = document["paths"][chain.path]["post"]
    created = create["responses"]["201"]
    content = {"application/json": {"schema": {"const": chain.body(job_type_id)}}}
    paths.setdefault(chain.path, {})["post"] = create | {
        "parameters": [],
        "requestBody": {"required": True, "content": content},
        "responses": create["responses"] | {"201": created | {"links": chain.links}},
    }
    return document | {"paths": paths}
