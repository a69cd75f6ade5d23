SELECT 'RLY' AS organisation, 'PAS' AS source, id AS event_id, person AS local_id, 'APC' AS dataset, "from" AS start, "to" AS "end" FROM read_csv('data/events.csv')
