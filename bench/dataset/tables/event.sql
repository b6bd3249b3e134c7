INSERT INTO event (id, type, rule_id, description, occurred)
SELECT i, (ARRAY['USER', 'PARSE', 'PARSE', 'CLOCK'])[1 + i % 4], CASE WHEN i % 4 = 1 THEN 1 + i % 5 END,
       CASE WHEN i % 4 = 0 THEN '{{"user": "anonymous"}}' ELSE '{{}}' END::jsonb, created
FROM ({plan}) p
