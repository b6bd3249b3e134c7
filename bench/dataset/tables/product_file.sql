INSERT INTO file (id, workspace_id, file_name, file_path, file_type, file_size, media_type, uuid, data_started, data_ended,
                  source_started, source_ended, source_sensor_class, source_sensor, source_collection, source_task, job_type_id,
                  job_id, job_exe_id, job_output, recipe_type_id, recipe_id, recipe_node, batch_id, is_superseded, superseded,
                  is_published, has_been_published, published, created, last_modified)
SELECT 2 * {groups} + j.id / 10, 1 + j.id % {workspaces}, 'measured-' || j.id || '.tif', 'products/' || j.id % 1000 || '/' || j.id || '.tif',
       'PRODUCT', 1000000 + j.id % 9000000, 'image/tiff', md5('product-' || j.id), j.source_started, j.source_ended, j.source_started,
       j.source_ended, j.source_sensor_class, j.source_sensor, j.source_collection, j.source_task, j.job_type_id, j.id,
       3 * (j.id - 1) + j.num_exes, 'OUTPUT', r.recipe_type_id, j.recipe_id, CASE WHEN j.recipe_id IS NOT NULL THEN 'node-' || j.id END,
       j.batch_id, j.is_superseded, j.superseded, NOT j.is_superseded, true, j.ended, j.ended, j.last_modified
FROM job j LEFT JOIN recipe r ON r.id = j.recipe_id
WHERE j.id BETWEEN {first} AND {last} AND j.id % 10 = 0 AND j.status = 'COMPLETED'
