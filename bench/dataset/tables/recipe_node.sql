INSERT INTO recipe_node (id, recipe_id, node_name, is_original, job_id)
SELECT i, recipe_id, 'node-' || i, true, i FROM ({plan}) p WHERE recipe_id IS NOT NULL
