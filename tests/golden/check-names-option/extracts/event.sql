SELECT 'RLY' AS organisation, 'PAS' AS source, id AS event_id, 'P' || id AS local_id, 'APC' AS dataset, '2024-05-01' AS start
FROM read_csv('data/renamed.csv', header=true, names=['id'])
