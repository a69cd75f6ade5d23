SELECT 'RLY' AS organisation, 'people' AS source, id AS local_id, name AS given_name FROM read_csv('data/people.csv.gz')
