INSERT INTO job_input_file (job_id, job_input, position, file_id)
SELECT i, 'INPUT', n, 2 * file_group - 1 + n FROM ({plan}) p CROSS JOIN generate_series(0, 1) n WHERE n < files
