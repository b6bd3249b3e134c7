INSERT INTO job (id, job_type_id, job_type_rev_id, event_id, ingest_event_id, recipe_id, root_recipe_id, batch_id, is_superseded,
                 root_superseded_job_id, superseded_job_id, superseded, status, node_id, error_id, max_tries, num_exes, input,
                 output, configuration, input_file_size, source_started, source_ended, source_sensor_class, source_sensor,
                 source_collection, source_task, queued, started, ended, last_status_change, created, last_modified)
SELECT i, job_type_id, job_type_id, i, CASE WHEN i % 50 = 7 THEN 1 + i % 1000 END, recipe_id, recipe_id, batch_id, is_superseded,
       CASE WHEN chain > 0 THEN i - chain * {stride} END, CASE WHEN chain > 0 THEN i - {stride} END, superseded, status,
       CASE WHEN exes > 0 THEN 1 + i % {nodes} END, error_id, 3 + job_type_id % 3, num_exes,
       CAST('{{"version": "7", "files": {{' || CASE files WHEN 0 THEN '' WHEN 1 THEN '"INPUT": [' || 2 * file_group - 1 || ']'
            ELSE '"INPUT": [' || 2 * file_group - 1 || ', ' || 2 * file_group || ']' END
            || '}}, "json": {{"THRESHOLD": ' || i % 100 * 0.25 || ', "MODE": "fast"}}}}' AS jsonb),
       CASE WHEN status = 'COMPLETED' THEN
            CAST('{{"version": "7", "files": {{' || CASE WHEN i % 10 = 0 THEN '"OUTPUT": [' || 2 * {groups} + i / 10 || ']' ELSE '' END
                 || '}}, "json": {{"COUNT": ' || i % 1009 || ', "QUALITY": "good"}}}}' AS jsonb) END,
       CASE WHEN i % 10 = 3 THEN CAST('{{"priority": ' || 50 + i % 90 || '}}' AS jsonb) END,
       CASE files WHEN 0 THEN 0 WHEN 1 THEN 1 + (2 * file_group - 1) % 500 ELSE 2 + (2 * file_group - 1) % 500 + 2 * file_group % 500 END,
       source_started, source_started + interval '30 minutes', 'class-' || 1 + sensor % 5, 'sensor-' || sensor,
       'collection-' || 1 + CAST(hashint8extended(file_group, 12) & 1023 AS int) % 500,
       'task-' || 1 + CAST(hashint8extended(file_group, 13) & 1023 AS int) % 20,
       queued, started, ended, last_status_change, created, last_modified
FROM (SELECT p.*, CASE WHEN files > 0 THEN {group_started} END AS source_started, CASE WHEN files > 0 THEN {group_sensor} END AS sensor
      FROM ({plan}) p OFFSET 0) p
