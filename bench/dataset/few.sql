-- What there are few of: types, errors, nodes, workspaces, recipe types, batches, recipes.
UPDATE scheduler SET framework_id = 'bench', last_modified = {until};

INSERT INTO workspace (id, name, title, configuration, created, last_modified)
SELECT n, 'workspace-' || n, 'Workspace ' || n, jsonb_build_object('broker', jsonb_build_object('type', 'host', 'host_path', '/tmp/workspace-' || n)),
       {until} - {span}, {until} - {span}
FROM generate_series(1, {workspaces}) n;

INSERT INTO node (id, hostname, created, last_modified)
SELECT n, 'node-' || n || '.example', {until} - {span}, {until} - {span} FROM generate_series(1, {nodes}) n;

INSERT INTO trigger_rule (id, type, name, created, last_modified)
SELECT n, 'PARSE', 'rule-' || n, {until} - {span}, {until} - {span} FROM generate_series(1, 5) n;

-- Seven of the errors are builtin; five are declared by the type that has half of the jobs.
INSERT INTO error (id, name, title, description, job_type_name, category, created, last_modified)
SELECT 1000 + n, 'declared-' || n, 'Declared error ' || n, 'What the algorithm calls error ' || n, 'type-1',
       CASE WHEN n <= 3 THEN 'DATA' ELSE 'ALGORITHM' END, {until} - {span}, {until} - {span}
FROM generate_series(1, 5) n;

INSERT INTO job_type (id, name, version, version_array, title, description, category, author_name, max_tries, manifest, docker_image,
                      icon_code, configuration, created, last_modified)
SELECT n, manifest #>> '{{job,name}}', manifest #>> '{{job,jobVersion}}',
       CAST(string_to_array(manifest #>> '{{job,jobVersion}}', '.') AS bigint[]), manifest #>> '{{job,title}}',
       manifest #>> '{{job,description}}', 'category-' || 1 + n % 5, 'Author ' || n % 9, 3 + n % 3, manifest,
       (manifest #>> '{{job,name}}') || ':' || (manifest #>> '{{job,jobVersion}}'), 'f' || n,
       jsonb_build_object('priority', 100 + n % 6 * 10), {until} - {span}, {until} - {span}
FROM jsonb_array_elements({manifests}) WITH ORDINALITY types(manifest, n);

INSERT INTO job_type_revision (id, job_type_id, revision_num, docker_image, manifest, created)
SELECT id, id, 1, docker_image, manifest, created FROM job_type;

INSERT INTO recipe_type (id, name, version, title, description, definition, created, last_modified)
SELECT n, 'recipe-type-' || n, '1.0.0', 'Recipe type ' || n, 'A chain of measurements', '{{"nodes": {{}}}}', {until} - {span}, {until} - {span}
FROM generate_series(1, 10) n;

INSERT INTO recipe_type_revision (id, recipe_type_id, revision_num, definition, created)
SELECT id, id, 1, definition, created FROM recipe_type;

INSERT INTO ingest_event (id, type, ingest_id, description, occurred)
SELECT n, 'STRIKE', n, jsonb_build_object('file_name', 'scene-' || n || '.tif'), {until} - {span} + n * ({span} / 1000)
FROM generate_series(1, 1000) n;

INSERT INTO batch (id, title, description, recipe_type_id, recipe_type_rev_id, event_id, recipes_estimated, recipes_total, created, last_modified)
SELECT n, 'Batch ' || n, 'Measure again', 1 + n % 10, 1 + n % 10, 1 + (n - 1) * {jobs} / {batches}, 10, 10, t, t
FROM (SELECT n, {until} - {span} + (n - 1) * ({span} / {batches}) AS t FROM generate_series(1, {batches}) n) batches;

INSERT INTO recipe (id, recipe_type_id, recipe_type_rev_id, event_id, batch_id, input, input_file_size, source_started, source_ended,
                    source_sensor_class, source_sensor, source_collection, source_task, created, last_modified)
SELECT n, type, type, 1 + (n - 1) * {jobs} / {recipes}, 1 + (n - 1) / 10,
       jsonb_build_object('files', jsonb_build_object('INPUT', jsonb_build_array(2 * (1 + (n - 1) * {groups} / {recipes})))), n % 500,
       t - interval '2 hours', t - interval '1 hour', 'class-' || 1 + n % 5, 'sensor-' || 1 + n % 40, 'collection-' || 1 + n % 500,
       'task-' || 1 + n % 20, t, t + interval '1 hour'
FROM (SELECT n, 1 + (1 + (n - 1) / 10) % 10 AS type, {until} - {span} + (n - 1) * ({span} / {recipes}) AS t
      FROM generate_series(1, {recipes}) n) recipes
