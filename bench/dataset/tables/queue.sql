INSERT INTO queue (id, job_id, job_type_id, exe_num, priority, timeout, input_file_size, queued)
SELECT id, id, job_type_id, num_exes, COALESCE(CAST(configuration ->> 'priority' AS bigint), 100 + job_type_id % 6 * 10),
       600 + job_type_id % 7 * 300, input_file_size, queued
FROM job WHERE id > {jobs} - {queued};

-- Without end, or a service that looks at these jobs would take them for lost.
INSERT INTO lease (execution_id, job_id, job_type_id, worker_id, token, expires)
SELECT 3 * id - 2, id, job_type_id, 'worker-' || node_id, nextval('lease_token'), 'infinity'
FROM job WHERE id > {jobs} - {queued} - {running} AND id <= {jobs} - {queued} ORDER BY id
