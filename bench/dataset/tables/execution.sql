INSERT INTO execution (id, job_id, job_type_id, exe_num, cluster_id, node_id, docker_image, priority, timeout, input_file_size,
                       resources, configuration, command_arguments, queued, started, status, log_lines, error_id, exit_code,
                       task_results, output, ended, created, last_modified)
SELECT id, i, job_type_id, n, 'scale_job_bench_' || i || 'x' || n, CASE WHEN began IS NOT NULL THEN 1 + (i + num_exes - n) % {nodes} END, image, 100 + job_type_id % 6 * 10,
       600 + job_type_id % 7 * 300, 1 + (2 * file_group - 1) % 500,
       CAST('{{"version": "1.0", "resources": {{"cpus": ' || 1 + job_type_id % 4 || ', "mem": ' || 512 * (1 + job_type_id % 5)
            || ', "disk": 1000, "gpus": 0}}}}' AS jsonb),
       CAST('{{"version": "2.0", "tasks": [{{"type": "main", "args": "measure.sh /in/' || file_group || '.tif fast /out"}}]}}' AS jsonb),
       '/in/' || file_group || '.tif fast /out', COALESCE(began - wait, queued), began, attempt, CASE WHEN attempt <> 'RUNNING' THEN i % 400 END, error,
       code,
       CASE WHEN attempt <> 'RUNNING' THEN CAST('{{"version": "1.0", "tasks": [{{"task_id": ' || id || ', "type": "main", "status": "'
            || attempt || '", "started": "' || to_char(began, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || '", "ended": "'
            || to_char(over, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || '", "exit_code": ' || COALESCE(CAST(code AS text), 'null') || '}}]}}' AS jsonb)
       END,
       CASE WHEN attempt = 'COMPLETED' THEN
            CAST('{{"version": "7", "files": {{' || CASE WHEN i % 10 = 0 THEN '"OUTPUT": [' || 2 * {groups} + i / 10 || ']' ELSE '' END
                 || '}}, "json": {{"COUNT": ' || i % 1009 || ', "QUALITY": "good"}}}}' AS jsonb) END,
       over, COALESCE(began, over), COALESCE(over, began)
FROM (SELECT p.*, t.docker_image AS image, n, 3 * (i - 1) + n AS id,
             CASE WHEN n = num_exes THEN started - queued ELSE interval '0' END AS wait,
             CASE WHEN n = num_exes THEN started ELSE queued - (num_exes - n) * interval '1 hour' END AS began,
             CASE WHEN n = num_exes THEN ended ELSE queued - (num_exes - n) * interval '1 hour' + interval '59 minutes' END AS over,
             CASE WHEN n = num_exes THEN status ELSE 'FAILED' END AS attempt,
             CASE WHEN n = num_exes THEN error_id ELSE 1 END AS error,
             CASE WHEN n < num_exes OR status = 'FAILED' THEN 1 WHEN status = 'COMPLETED' THEN 0 END AS code
      FROM ({plan}) p JOIN job_type t ON t.id = p.job_type_id CROSS JOIN generate_series(1, 3) n 
      WHERE n <= CASE WHEN status = 'CANCELED' THEN num_exes ELSE exes END OFFSET 0) p
