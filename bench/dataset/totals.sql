-- What recipes and batches say of their jobs.
UPDATE recipe r SET (jobs_total, jobs_pending, jobs_blocked, jobs_queued, jobs_running, jobs_failed, jobs_completed, jobs_canceled,
                     is_completed, completed)
     = (c.total, c.pending, c.blocked, c.queued, c.running, c.failed, c.completed, c.canceled, c.total = c.completed,
        CASE WHEN c.total = c.completed THEN r.last_modified END)
FROM (SELECT recipe_id, {counts} FROM job WHERE recipe_id IS NOT NULL GROUP BY recipe_id) c WHERE c.recipe_id = r.id;

UPDATE batch b SET (jobs_total, jobs_pending, jobs_blocked, jobs_queued, jobs_running, jobs_failed, jobs_completed, jobs_canceled,
                    recipes_completed)
     = (c.total, c.pending, c.blocked, c.queued, c.running, c.failed, c.completed, c.canceled,
        (SELECT count(*) FROM recipe r WHERE r.batch_id = b.id AND r.is_completed))
FROM (SELECT batch_id, {counts} FROM job WHERE batch_id IS NOT NULL GROUP BY batch_id) c WHERE c.batch_id = b.id
