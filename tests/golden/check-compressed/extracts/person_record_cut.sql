SELECT 'RLY' AS organisation, 'cut' AS source, id AS local_id, name AS given_name FROM read_csv('data/cut.csv.gz')
