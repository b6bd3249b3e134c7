"""Questions to Elasticsearch: bodies of searches."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from jobsvc.domain.log_text import LogText
from jobsvc.domain.status import Stream
from jobsvc.logstores.elasticsearch.mapping import FIELDS, MESSAGE_BYTES, Json, instant
from jobsvc.ports.log_store import LoggedExecution, LogQuery, LogSearch, Position, SearchPosition

TIME = "@timestamp"
NUMBER = "scale_order_num"
# Of our own indices and of those that collectors made with dynamic mappings.
EXECUTION = "scale_job_exe.keyword"
STREAM = "stream.keyword"
JOB_TYPE = "scale_job_type.keyword"
NAMES = "names"
SEQUENCE_NUMBER = "_seq_no"
"""What lines have in common in the end: in which sequence they came, where a collector numbers several the same."""


def reading(query: LogQuery) -> Json:
    """Lines of one execution."""
    required = [_term(EXECUTION, query.execution.name), *_range(query.started, query.ended)]
    if query.after is not None:
        required.append(_after(query.after, newest_first=query.newest_first))
    body = _body(required, query.stream, query.text)
    return body | {"sort": _sort(query.newest_first, NUMBER)}


def searching(search: LogSearch) -> Json:
    """Lines of any execution."""
    required = [{"exists": {"field": EXECUTION}}, *_range(search.started, search.ended)]
    if search.job_type_names is not None:
        required.append({"terms": {JOB_TYPE: sorted(search.job_type_names)}})
    if search.after is not None:
        required.append(_after_any(search.after, newest_first=search.newest_first))
    body = _body(required, search.stream, search.text)
    return body | {"sort": _sort(search.newest_first, EXECUTION, NUMBER)}


def of_executions(executions: Sequence[LoggedExecution]) -> Json:
    """All lines of executions."""
    return {"terms": {EXECUTION: [execution.name for execution in executions]}}


def names_before(before: datetime, after: Json | None, limit: int) -> Json:
    """The next names of executions that have lines older than a time, in their sequence."""
    names: Json = {"size": limit, "sources": [{NAMES: {"terms": {"field": EXECUTION}}}]} | ({"after": after} if after else {})
    return {"query": {"range": {TIME: {"lt": instant(before)}}}, "size": 0, "aggs": {NAMES: {"composite": names}}}


def of_long_lines(body: Json) -> Json:
    """The first long line of what a body asks for."""
    narrowed = {"bool": {"filter": [body["query"], {"exists": {"field": MESSAGE_BYTES}}]}}
    return body | {"query": narrowed, "size": 1, "source": False}


def sizes(body: Json) -> Json:
    """The sizes of messages instead of messages."""
    return body | {"source": False, "docvalue_fields": [MESSAGE_BYTES]}


def _body(required: list[Json], stream: Stream | None, text: LogText | None) -> Json:
    unwanted: list[Json] = []
    match stream:
        case Stream.STDERR:
            required = [*required, _term(STREAM, Stream.STDERR)]
        case Stream.STDOUT:
            # Together both streams are the whole log: what has no stream is of this one.
            unwanted.append(_term(STREAM, Stream.STDERR))
        case None:
            pass
    if text is not None:
        required = [*required, *map(_phrase, text.required)]
        unwanted += map(_phrase, text.excluded)
    query = {"bool": {"filter": required, "must_not": unwanted}}
    return {"query": query, "source": list(FIELDS), "track_total_hits": False}


def _sort(newest_first: bool, *fields: str) -> list[Json]:  # noqa: FBT001
    order = "desc" if newest_first else "asc"
    kinds: dict[str, Json] = {NUMBER: {"unmapped_type": "long", "missing": 0}, EXECUTION: {"unmapped_type": "keyword"}}
    # Collectors' times are milliseconds, ours are finer: all are compared as nanoseconds.
    time = {TIME: {"order": order, "numeric_type": "date_nanos", "unmapped_type": "date_nanos"}}
    return [time, *({field: {"order": order, **kinds[field]}} for field in fields), {SEQUENCE_NUMBER: order}]


def _range(started: datetime | None, ended: datetime | None) -> list[Json]:
    bounds: dict[str, Any] = {}
    if started is not None:
        bounds["gte"] = instant(started)
    if ended is not None:
        bounds["lte"] = instant(ended, last=True)
    return [{"range": {TIME: bounds}}] if bounds else [{"exists": {"field": TIME}}]


def _after(place: Position, *, newest_first: bool) -> Json:
    beyond = "lt" if newest_first else "gt"
    return _later(place.time, [{"range": {NUMBER: {beyond: place.order_num}}}], newest_first=newest_first)


def _after_any(place: SearchPosition, *, newest_first: bool) -> Json:
    beyond = "lt" if newest_first else "gt"
    same = [_term(EXECUTION, place.cluster_id), {"range": {NUMBER: {beyond: place.order_num}}}]
    other = {"range": {EXECUTION: {beyond: place.cluster_id}}}
    return _later(place.time, [_any(other, {"bool": {"filter": same}})], newest_first=newest_first)


def _later(time: datetime, same_time: Sequence[Json], *, newest_first: bool) -> Json:
    # Not `search_after`: a collector's time can be finer than a position's, which is of microseconds.
    later = {"lt": instant(time)} if newest_first else {"gt": instant(time, last=True)}
    same = {"bool": {"filter": [*_range(time, time), *same_time]}}
    return _any({"range": {TIME: later}}, same)


def _any(*conditions: Json) -> Json:
    return {"bool": {"should": list(conditions), "minimum_should_match": 1}}


def _term(field: str, value: str) -> Json:
    return {"term": {field: value}}


def _phrase(term: str) -> Json:
    return {"match_phrase": {"message": term}}
