-- What is so of each job, drawn by hashing its id; rows of all tables are selected of this. Each statement adds columns to
-- those of the statements before.

-- u1 to u9: from 0 to 1. chain: the place in a chain of four jobs of which each replaces the one before.
i, {draws},
CASE WHEN (i - 1) % {stride} % 37 = 0 AND (i - 1) / {chain} * {chain} + {chain} <= {jobs} - {queued} - {running}
     THEN (i - 1) % {chain} / {stride} END AS chain;

-- All jobs of a chain have one type.
CAST(hashint8extended(i - COALESCE(chain, 0) * {stride}, 10) & 1073741823 AS float8) / 1073741824 AS type_draw,
1 + CAST(hashint8extended(i, 11) & 1073741823 AS int) % 12 AS error_draw;

-- Source files are up to five days old; one job of twenty has none, and more have two than one.
CASE WHEN i > {jobs} - {queued} THEN 'QUEUED' WHEN i > {jobs} - {queued} - {running} THEN 'RUNNING'
     WHEN u1 < 0.9 THEN 'COMPLETED' WHEN u1 < 0.93 THEN 'FAILED' WHEN u1 < 0.9996 THEN 'CANCELED'
     WHEN u1 < 0.9998 THEN 'PENDING' ELSE 'BLOCKED' END AS status,
CASE WHEN type_draw < 0.5 THEN 1 WHEN type_draw < 0.7 THEN 2 WHEN type_draw < 0.85 THEN 3
     ELSE LEAST({types}, 4 + CAST(floor((type_draw - 0.85) / 0.15 * ({types} - 3)) AS int)) END AS job_type_id,
1 + GREATEST(0, (i - 1) * {groups} / {jobs} - CAST(u6 * {groups} / 146 AS bigint)) AS file_group,
CASE WHEN u7 < 0.05 THEN 0 WHEN u7 < 0.41 THEN 1 ELSE 2 END AS files,
CASE WHEN u8 < 0.1 THEN 1 + (i - 1) * {recipes} / {jobs} END AS recipe_id,
CASE WHEN u8 < 0.2 THEN 1 + ((i - 1) * {recipes} / {jobs}) / 10 END AS batch_id,
CASE WHEN i > {jobs} - {queued} - {running} THEN {until} - ({jobs} - i) * ({live_span} / ({queued} + {running} + 1))
     ELSE {until} - {live_span} - ({jobs} - i) * (({span} - {live_span}) / {jobs}) END AS created;

CASE status WHEN 'COMPLETED' THEN 1 + CAST(u2 < 0.2 AS int) + CAST(u2 < 0.04 AS int)
            WHEN 'FAILED' THEN 1 + CAST(floor(u2 * 3) AS int) WHEN 'CANCELED' THEN CAST(u2 < 0.75 AS int)
            WHEN 'QUEUED' THEN 1 + CAST(u2 < 0.1 AS int) WHEN 'RUNNING' THEN 1 ELSE 0 END AS num_exes,
CASE WHEN status <> 'FAILED' THEN NULL WHEN job_type_id = 1 AND error_draw > 7 THEN 993 + error_draw
     ELSE (ARRAY[1, 4, 9, 18, 19, 21, 24])[1 + error_draw % 7] END AS error_id,
chain IS NOT NULL AND chain < 3 AS is_superseded;

-- exes: attempts that were begun; those before the last one failed with `unknown`.
CASE status WHEN 'QUEUED' THEN num_exes - 1 WHEN 'CANCELED' THEN CAST(u2 < 0.5 AS int) ELSE num_exes END AS exes,
created + interval '1 second' + u3 * interval '60 seconds' AS first_queued,
interval '5 seconds' + u5 ^ 3 * (10 + job_type_id % 7 * 5) * interval '1 minute' AS duration;

CASE WHEN num_exes > 0 THEN LEAST({until}, first_queued + (num_exes - 1) * interval '1 hour') END AS queued,
CASE WHEN exes = num_exes AND exes > 0
     THEN LEAST({until}, first_queued + (num_exes - 1) * interval '1 hour' + u4 ^ 4 * interval '6 hours') END AS started;

CASE WHEN status IN ('COMPLETED', 'FAILED') OR status = 'CANCELED' AND exes > 0 THEN LEAST({until}, started + duration)
     WHEN status = 'CANCELED' THEN LEAST({until}, COALESCE(queued, created) + u4 * interval '1 day') END AS ended;

COALESCE(ended, started, queued, created) AS last_status_change,
CASE WHEN is_superseded THEN created + {stride} * (({span} - {live_span}) / {jobs}) END AS superseded;

GREATEST(last_status_change, superseded,
         CASE WHEN u9 < 0.01 THEN LEAST({until}, last_status_change + u2 * interval '30 days') END) AS last_modified
