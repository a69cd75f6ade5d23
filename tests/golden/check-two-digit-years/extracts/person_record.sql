SELECT 'RLY' AS organisation, 'PAS' AS source, id AS local_id, born AS birth_date FROM read_csv('data/people.csv')
