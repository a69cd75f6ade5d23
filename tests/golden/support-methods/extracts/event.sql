SELECT organisation, 'PAS' AS source, event AS event_id, 'APC' AS dataset, day AS start, day AS "end", feed AS setting FROM read_csv('activity.csv')
