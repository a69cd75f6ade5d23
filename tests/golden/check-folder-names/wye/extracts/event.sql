SELECT 'HOMES' AS organisation, 'Tenancy' AS source, no AS event_id, ref AS local_id, 'repair' AS dataset, day AS start
FROM read_csv('data/repairs *.csv')
