INSERT INTO file (id, workspace_id, file_name, file_path, file_type, file_size, media_type, data_type_tags, uuid, data_started, data_ended,
                  source_started, source_ended, source_sensor_class, source_sensor, source_collection, source_task, meta_data,
                  countries, created, last_modified)
SELECT 2 * file_group - 1 + n, 1 + file_group % {workspaces}, 'scene-' || file_group || '-' || n || '.tif',
       to_char(source_started, 'YYYY/MM/DD') || '/scene-' || file_group || '-' || n || '.tif', 'SOURCE',
       (1 + (2 * file_group - 1 + n) % 500) * 1048576, 'image/tiff', ARRAY['scene'], md5('source-' || file_group || '-' || n),
       source_started, source_started + interval '30 minutes', source_started, source_started + interval '30 minutes',
       'class-' || 1 + sensor % 5, 'sensor-' || sensor,
       'collection-' || 1 + CAST(hashint8extended(file_group, 12) & 1023 AS int) % 500,
       'task-' || 1 + CAST(hashint8extended(file_group, 13) & 1023 AS int) % 20, CAST('{{"clouds": ' || file_group % 100 || '}}' AS jsonb),
       CASE WHEN file_group % 3 = 0 THEN ARRAY['DE', 'FR'] ELSE ARRAY['IT'] END,
       source_started + interval '45 minutes', source_started + interval '45 minutes'
FROM (SELECT file_group, {group_started} AS source_started, {group_sensor} AS sensor
      FROM generate_series(CAST({first} AS bigint), CAST({last} AS bigint)) file_group OFFSET 0) g CROSS JOIN generate_series(0, 1) n
