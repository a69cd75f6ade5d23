SELECT 'RLY' AS organisation, 'plain' AS source, id AS local_id, name AS given_name FROM read_csv('data/plain.csv.gz')
